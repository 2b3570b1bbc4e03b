import type { KeySource } from "../model/key.ts";
import { createGrantedKeys, type GrantedKeys } from "./grants.ts";
import { createKeyFile } from "./material/file.ts";
import { defined, requiredFile } from "./own-settings.ts";
import { parseVaultPassword, type VaultPassword } from "./password.ts";
import { inFiles, type KeyPlugin } from "./plugin.ts";
import { createTurns, type Turns } from "./turns.ts";

/** A file with a password of ansible-vault. */
export interface AnsibleVaultKeys extends KeySource {
  readonly kind: "ansible-vault";
  /** The vault id whose password it is; `default` if left out. */
  readonly vaultId?: string;
}

/** The plug-in of keys of kind `ansible-vault`. */
export const ansibleVault: KeyPlugin<AnsibleVaultKeys, GrantedKeys<VaultPassword>> = {
  ...inFiles,
  kind: "ansible-vault",
  opens: undefined,
  read: (fields, pathOf) => ({
    kind: "ansible-vault",
    file: requiredFile(fields, pathOf),
    ...defined({ vaultId: fields.text("vaultId") }),
  }),
  inspect: async (source) => (await passwordFile(source, createTurns(1)).read()).length,
  open: (sources, { turns }) => ({
    service: undefined,
    given: createGrantedKeys(sources.map((source) => passwordFile(source, turns))),
  }),
};

function passwordFile(source: AnsibleVaultKeys, turns: Turns) {
  const id = source.vaultId ?? "default";
  return createKeyFile(source, (text) => Promise.resolve([parseVaultPassword(text, id, turns)]));
}
