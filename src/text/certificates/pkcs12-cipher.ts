import { createDecipheriv, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import { derNumber, derTag, insideDer, oidText, type DerValue } from "../codecs/der.ts";
import { derive, purpose, type DigestName } from "./pkcs12-key.ts";
import type { Rounds } from "./rounds.ts";
import { openRc2 } from "./rc2.ts";

const derivePbkdf2 = promisify(pbkdf2);

/** Most rounds of a key derivation; real key stores use two thousand to a few hundred thousand. */
export const mostIterations = 1_000_000;

/** Ciphers whose key PKCS#12 derives itself: SHA-1, and nothing else (RFC 7292, appendix C). */
const ownCiphers: Readonly<Record<string, { readonly name: "3des" | "rc2"; readonly keyBytes: number }>> = {
  "1.2.840.113549.1.12.1.3": { name: "3des", keyBytes: 24 },
  "1.2.840.113549.1.12.1.4": { name: "3des", keyBytes: 16 },
  "1.2.840.113549.1.12.1.5": { name: "rc2", keyBytes: 16 },
  "1.2.840.113549.1.12.1.6": { name: "rc2", keyBytes: 5 },
};

const pbes2 = "1.2.840.113549.1.5.13";
const pbkdf2Oid = "1.2.840.113549.1.5.12";

const pbes2Ciphers: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  "2.16.840.1.101.3.4.1.2": { name: "aes-128-cbc", keyBytes: 16 },
  "2.16.840.1.101.3.4.1.22": { name: "aes-192-cbc", keyBytes: 24 },
  "2.16.840.1.101.3.4.1.42": { name: "aes-256-cbc", keyBytes: 32 },
  "1.2.840.113549.3.7": { name: "des-ede3-cbc", keyBytes: 24 },
};

/** Digests of PBKDF2; SHA-1 where none is named. */
const pseudoRandom: Readonly<Record<string, DigestName>> = {
  "": "sha1",
  "1.2.840.113549.2.7": "sha1",
  "1.2.840.113549.2.9": "sha256",
  "1.2.840.113549.2.10": "sha384",
  "1.2.840.113549.2.11": "sha512",
};

/** What opening goes along with; `password` is how PKCS#12 encodes it. */
export interface Opening {
  readonly password: Uint8Array;
  readonly rounds: Rounds;
  readonly signal: AbortSignal;
}

/**
 * Opens what a key store encrypted under the empty password; `password` is how PKCS#12 encodes it. Undefined when the
 * algorithm is not known or the bytes do not open.
 */
export async function openEncrypted(
  algorithm: DerValue | undefined,
  ciphertext: Buffer,
  { password, rounds: budget, signal }: Opening,
): Promise<Buffer | undefined> {
  const [name, parameters] = insideDer(algorithm, derTag.sequence);
  const oid = oidText(name);
  if (oid === pbes2) return openPbes2(parameters, ciphertext, budget);
  const cipher = ownCiphers[oid];
  const [salt, rounds] = insideDer(parameters, derTag.sequence);
  const iterations = derNumber(rounds);
  if (cipher === undefined || salt?.tag !== derTag.octets || !isBounded(iterations)) return undefined;
  const derivation = { digest: "sha1", password, salt: salt.content, iterations } as const;
  budget.spend(iterations * (Math.ceil(cipher.keyBytes / 20) + 1));
  const key = await derive(derivation, purpose.key, cipher.keyBytes, signal);
  const iv = await derive(derivation, purpose.iv, 8, signal);
  if (cipher.name === "rc2") return withoutPadding(openRc2(key, iv, ciphertext), ciphertext.length);
  // With two keys, the first is used again as the third.
  const whole = Buffer.concat([key, key.subarray(0, 24 - key.length)]);
  return openWithNode("des-ede3-cbc", whole, iv, ciphertext);
}

/** Whether a number of rounds is there and can be afforded. */
export function isBounded(iterations: number | undefined): iterations is number {
  return iterations !== undefined && iterations >= 1 && iterations <= mostIterations;
}

/** PBES2 with PBKDF2 (RFC 8018); the empty password is no bytes at all. */
async function openPbes2(
  parameters: DerValue | undefined,
  ciphertext: Buffer,
  budget: Rounds,
): Promise<Buffer | undefined> {
  const [derivation, encryption] = insideDer(parameters, derTag.sequence);
  const [derivationName, derivationParameters] = insideDer(derivation, derTag.sequence);
  const [cipherName, iv] = insideDer(encryption, derTag.sequence);
  const [salt, rounds, ...more] = insideDer(derivationParameters, derTag.sequence);
  const iterations = derNumber(rounds);
  const cipher = pbes2Ciphers[oidText(cipherName)];
  const [prf] = insideDer(
    more.find((value) => value.tag === derTag.sequence),
    derTag.sequence,
  );
  const digest = pseudoRandom[oidText(prf)];
  if (oidText(derivationName) !== pbkdf2Oid || cipher === undefined || digest === undefined) return undefined;
  if (salt?.tag !== derTag.octets || iv?.tag !== derTag.octets || !isBounded(iterations)) return undefined;
  budget.spend(2 * iterations);
  const key = await derivePbkdf2("", salt.content, iterations, cipher.keyBytes, digest);
  return openWithNode(cipher.name, key, iv.content, ciphertext);
}

function openWithNode(cipher: string, key: Buffer, iv: Buffer, ciphertext: Buffer): Buffer | undefined {
  try {
    const decipher = createDecipheriv(cipher, key, iv);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    return undefined;
  }
}

function withoutPadding(padded: Buffer, length: number): Buffer | undefined {
  const count = padded.at(-1) ?? 0;
  if (length % 8 !== 0 || count < 1 || count > 8 || count > length) return undefined;
  return padded.subarray(0, padded.length - count);
}
