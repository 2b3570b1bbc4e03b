import type { KeySource } from "../../model/key.ts";
import { createKeyFile } from "../material/file.ts";
import { requiredFile } from "../own-settings.ts";
import type { KeyService } from "../key-service.ts";
import { inFiles, type KeyPlugin } from "../plugin.ts";
import { createAgeService } from "./age.ts";
import { parseAgeIdentities } from "./identities.ts";

/** A file of age or OpenSSH identities. */
export interface AgeKeys extends KeySource {
  readonly kind: "age";
}

/** The plug-in of keys of kind `age`. */
export const age: KeyPlugin<AgeKeys, KeyService> = {
  ...inFiles,
  kind: "age",
  opens: "age",
  read: (fields, pathOf) => ({ kind: "age", file: requiredFile(fields, pathOf) }),
  inspect: async (source) => (await createKeyFile(source, parseAgeIdentities).read()).length,
  open: (sources) => {
    const service = createAgeService(sources);
    return { service, given: service };
  },
};
