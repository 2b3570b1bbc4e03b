import { parseCredentials } from "../../identity/gcp/credentials.ts";
import type { KeySource } from "../../model/key.ts";
import { parseAesKeys } from "../aes.ts";
import { parseAgeIdentities } from "../age/identities.ts";
import { parseAwsCredential } from "../remote/aws-credentials.ts";
import { parseClientSecret } from "../remote/azure-keys.ts";
import { createKeyFile } from "./file.ts";
import { createKeyFolder, pathsOf } from "./folder.ts";
import { createPgpFile } from "../pgp.ts";
import { mostBits, parseRsaKeys } from "../rsa-keys.ts";
import { createTurns } from "../turns.ts";
import { parseVaultPassword } from "../password.ts";
import { parseVaultToken } from "../remote/vault-transit.ts";

/** Reads a source's files once; gives how many keys they hold. */
type Inspect = (source: KeySource, skipped: (problem: string) => void) => Promise<number>;

const rsa =
  (bits: number): Inspect =>
  async (source, skipped) => {
    const reading = { turns: createTurns(1), mostBits: bits, skipped };
    return (await createKeyFolder(source, (texts) => parseRsaKeys(texts, reading)).read()).length;
  };

/** A file whose parser gives a list of keys, or one thing. */
const single =
  (parse: (text: string, source: KeySource) => unknown): Inspect =>
  async (source) => {
    const content = await createKeyFile(source, (text) => Promise.resolve(parse(text, source))).read();
    return Array.isArray(content) ? content.length : 1;
  };

const inspections: Readonly<Record<string, Inspect>> = {
  age: single(parseAgeIdentities),
  pgp: async (source) => (await createPgpFile(source).read()).length,
  "sealed-secrets": rsa(mostBits["sealed-secrets"]),
  eyaml: rsa(mostBits.eyaml),
  "ansible-vault": single((text, { vaultId = "default" }) => parseVaultPassword(text, vaultId, createTurns(1))),
  s5: single(parseAesKeys),
  "vault-transit": single(parseVaultToken),
  "aws-kms": single(parseAwsCredential),
  "gcp-kms": single((text) => parseCredentials(text, () => Promise.resolve(""))),
  "azure-key": single(parseClientSecret),
};

/**
 * Reads the files of a source as a Mount would; gives how many keys they hold. `skipped` is told of material that is
 * passed over. Rejects with MountError `key_unavailable`, which holds nothing of the content.
 */
export async function inspectKey(source: KeySource, skipped: (problem: string) => void): Promise<number> {
  return (await inspections[source.kind]?.(source, skipped)) ?? 0;
}

/** Paths of the files of a source that hold something secret; a folder that cannot be read stands for itself. */
export async function secretFilesOf({ file, passphraseFile }: KeySource): Promise<readonly string[]> {
  const paths = file === "" ? [] : await pathsOf(file).then((found) => [...found.keys()], () => [file]); // prettier-ignore
  return passphraseFile === undefined ? paths : [...paths, passphraseFile];
}
