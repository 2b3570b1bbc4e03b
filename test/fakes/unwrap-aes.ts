import { createDecipheriv } from "node:crypto";
import { readVector } from "../vectors/vectors.ts";

/** What the key `transit-aes256` wrapped: nonce of 12 bytes, ciphertext, tag. Undefined for anything else. */
export function unwrapAes(blob: Uint8Array): Buffer | undefined {
  try {
    const key = Buffer.from(readVector("keys/transit-aes256.hex").trim(), "hex");
    const decipher = createDecipheriv("aes-256-gcm", key, blob.subarray(0, 12), { authTagLength: 16 });
    decipher.setAuthTag(blob.subarray(blob.length - 16));
    return Buffer.concat([decipher.update(blob.subarray(12, blob.length - 16)), decipher.final()]);
  } catch {
    return undefined;
  }
}
