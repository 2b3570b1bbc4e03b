import { createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import type { VaultPassword } from "../../keys/password.ts";
import type { Envelope } from "./envelope.ts";

/** Where the derived bytes go: AES key, HMAC key, first counter block. Source: ansible, parsing/vault. */
const part = { key: [0, 32], hmac: [32, 64], counter: [64, 80] } as const;

const blockBytes = 16;

/**
 * The plaintext, by the password of the vault's own id or else, unless `onlyItsId`, by any of the others. Undefined,
 * whatever the cause, when none opens it.
 */
export async function openEnvelope(
  { id, parts }: Envelope,
  passwords: readonly VaultPassword[],
  onlyItsId: boolean,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (parts === undefined) return undefined;
  const own = passwords.filter((password) => password.id === id);
  const others = onlyItsId ? [] : passwords.filter((password) => password.id !== id);
  for (const password of [...own, ...others]) {
    signal.throwIfAborted();
    const plaintext = openWith(await password.derive(parts.salt, signal), parts);
    if (plaintext !== undefined) return plaintext;
  }
  return undefined;
}

/** Nothing is decrypted before the HMAC over the ciphertext fits. */
function openWith(derived: Uint8Array, { hmac, ciphertext }: NonNullable<Envelope["parts"]>): Buffer | undefined {
  const computed = createHmac("sha256", derived.subarray(...part.hmac))
    .update(ciphertext)
    .digest();
  if (!timingSafeEqual(computed, hmac)) return undefined;
  const decipher = createDecipheriv("aes-256-ctr", derived.subarray(...part.key), derived.subarray(...part.counter));
  return unpadded(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
}

/** PKCS #7; the HMAC has vouched for it, so that only a writer's mistake shows here. */
function unpadded(padded: Buffer): Buffer | undefined {
  const count = padded.at(-1) ?? 0;
  if (padded.length % blockBytes !== 0 || count < 1 || count > blockBytes) return undefined;
  const end = padded.length - count;
  return padded.subarray(end).every((byte) => byte === count) ? padded.subarray(0, end) : undefined;
}
