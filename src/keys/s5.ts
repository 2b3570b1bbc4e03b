import type { KeySource } from "../model/key.ts";
import { parseAesKeys, type AesKey } from "./aes.ts";
import { createGrantedKeys, type GrantedKeys } from "./grants.ts";
import { createKeyFile } from "./material/file.ts";
import { requiredFile } from "./own-settings.ts";
import { inFiles, type KeyPlugin } from "./plugin.ts";

/** A file of AES keys for s5 tokens. */
export interface S5Keys extends KeySource {
  readonly kind: "s5";
}

/** The plug-in of keys of kind `s5`. */
export const s5: KeyPlugin<S5Keys, GrantedKeys<AesKey>> = {
  ...inFiles,
  kind: "s5",
  opens: undefined,
  read: (fields, pathOf) => ({ kind: "s5", file: requiredFile(fields, pathOf) }),
  inspect: async (source) => (await aesFile(source).read()).length,
  open: (sources) => ({ service: undefined, given: createGrantedKeys(sources.map(aesFile)) }),
};

function aesFile(source: S5Keys) {
  return createKeyFile(source, (text) => Promise.resolve(parseAesKeys(text)));
}
