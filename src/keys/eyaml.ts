import type { KeySource } from "../model/key.ts";
import { createGrantedKeys, type GrantedKeys } from "./grants.ts";
import { createKeyFolder } from "./material/folder.ts";
import { defined, requiredFile } from "./own-settings.ts";
import { inFiles, type KeyPlugin } from "./plugin.ts";
import type { RsaKey } from "./rsa.ts";
import { maxBits, parseRsaKeys, type RsaReading } from "./rsa-keys.ts";
import { createTurns } from "./turns.ts";

/** RSA keys of hiera-eyaml. */
export interface EyamlKeys extends KeySource {
  readonly kind: "eyaml";
  /** The operator knows that anybody who can edit the document can change its values; nothing opens without. */
  readonly acceptUnauthenticated?: boolean;
}

/** The plug-in of keys of kind `eyaml`. */
export const eyaml: KeyPlugin<EyamlKeys, GrantedKeys<RsaKey>> = {
  ...inFiles,
  kind: "eyaml",
  opens: undefined,
  read: (fields, pathOf) => {
    const file = requiredFile(fields, pathOf);
    const accepted = fields.boolean("acceptUnauthenticated");
    if (accepted !== true) {
      const fix = "write true to accept that whoever edits a document can change its values; better use another format";
      fields.refuse("acceptUnauthenticated", "eyaml does not protect values against changes", fix);
    }
    return { kind: "eyaml", file, ...defined({ acceptUnauthenticated: accepted }) };
  },
  inspect: async (source, skipped) => (await rsaFile(source, { turns: createTurns(1), skipped }).read()).length,
  open: (sources, { turns, skipped }) => {
    // The format has no integrity: only an operator who says so gets it.
    const accepted = sources.filter(({ acceptUnauthenticated }) => acceptUnauthenticated === true);
    const files = accepted.map((source) => rsaFile(source, { turns, skipped: (what) => skipped(source, what) }));
    return { service: undefined, given: createGrantedKeys(files) };
  },
};

function rsaFile(source: EyamlKeys, reading: Omit<RsaReading, "maxBits">) {
  return createKeyFolder(source, (texts) => parseRsaKeys(texts, { ...reading, maxBits: maxBits.eyaml }));
}
