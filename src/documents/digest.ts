import { createHash } from "node:crypto";

/** 128 bits of SHA-256 over texts, base64url: tells ciphertexts and how they are read apart. Never for plaintext. */
export function ciphertextDigest(...texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:${text}`);
  return hash.digest().subarray(0, 16).toString("base64url");
}
