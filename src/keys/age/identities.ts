import type { Identity } from "age-encryption";
import { KeyProblem } from "../material/file.ts";
import { parseSshKey } from "./ssh-key.ts";
import { createSshIdentity } from "./ssh.ts";

/** What the age library takes: an `AGE-SECRET-KEY-…` text, or an identity of ours. */
export type AgeIdentity = string | Identity;

const sshBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
const sshEnd = "-----END OPENSSH PRIVATE KEY-----";

/** Bech32 may be written in either case, only not in both. */
const lowerCase = /^age-secret-key-(?:pq-)?1[0-9a-z]+$/u;

/** Beginnings of what people put into key files by mistake, and what to tell them. */
const mistakes: readonly (readonly [string, string])[] = [
  ["-----BEGIN AGE ENCRYPTED FILE-----", "is protected by a passphrase; configure the decrypted identity file"],
  ["age-encryption.org/v1", "is protected by a passphrase; configure the decrypted identity file"],
  ["AGE-PLUGIN-", "needs an age plugin, which is not supported"],
  ["age1", "has a file that holds a public recipient instead of a private identity"],
  ["ssh-", "has a file that holds a public key instead of the private one"],
  ["-----BEGIN ", "has a private key in a form that is not supported; convert it with ssh-keygen to the OpenSSH form"],
];

/**
 * The identities of a key file: age identities one a line, `#` comments, OpenSSH private keys without passphrase.
 * Throws KeyProblem.
 */
export async function parseAgeIdentities(text: string): Promise<readonly AgeIdentity[]> {
  const identities: AgeIdentity[] = [];
  const lines = text.split("\n").map((line) => line.trim());
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line === "" || line.startsWith("#")) continue;
    if (line !== sshBegin) {
      identities.push(await checkedIdentity(lowerCase.test(line) ? line.toUpperCase() : line));
      continue;
    }
    const end = lines.indexOf(sshEnd, at);
    if (end === -1) throw new KeyProblem("has an OpenSSH key without its last line");
    identities.push(await createSshIdentity(parseSshKey(lines.slice(at + 1, end).join(""))));
    at = end;
  }
  if (identities.length === 0) throw new KeyProblem("has a file without any identity");
  return identities;
}

async function checkedIdentity(line: string): Promise<string> {
  const mistake = mistakes.find(([beginning]) => line.startsWith(beginning));
  if (mistake !== undefined) throw new KeyProblem(mistake[1]);
  const { Decrypter } = await import("age-encryption");
  try {
    new Decrypter().addIdentity(line);
  } catch {
    throw new KeyProblem("has a file with a line that is neither an age identity nor a comment");
  }
  return line;
}
