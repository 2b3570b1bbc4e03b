import { createKeyring } from "../../../src/keys/keyring.ts";
import type { Keyring } from "../../../src/keys/contract.ts";
import type { SealedSecretsKeys } from "../../../src/keys/sealed-secrets.ts";
import { vectorPath } from "../../vectors/vectors.ts";

/** A keyring of vector files, granted to `team-a` unless said otherwise. */
export function keyringOf(
  kind: string,
  ...files: readonly (string | ({ readonly file: string } & Partial<SealedSecretsKeys>))[]
): Keyring {
  return createKeyring(
    files.map((one, at) => {
      const settings = typeof one === "string" ? { file: one } : one;
      const file = settings.file.startsWith("/") ? settings.file : vectorPath(settings.file);
      return { name: `k${at}`, kind, namespaces: ["team-a"], ...settings, file };
    }),
  );
}
