import { hash } from "node:crypto";

/** Digests by name, with the block length that the derivation fills, in bytes. */
const digests = {
  sha1: { block: 64, size: 20 },
  sha256: { block: 64, size: 32 },
  sha384: { block: 128, size: 48 },
  sha512: { block: 128, size: 64 },
} as const;

/** A digest that key stores use. */
export type DigestName = keyof typeof digests;

/** What derived bytes are for: the number that tells them apart (RFC 7292, appendix B.3). */
export const purpose = { key: 1, iv: 2, mac: 3 } as const;

export interface Derivation {
  readonly digest: DigestName;
  /** As PKCS#12 encodes it: UTF-16, big end first, with two zero bytes after it. */
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/** Rounds after which others get the thread: about two milliseconds. */
const turn = 1500;

/**
 * Derives `count` bytes from a password (RFC 7292, appendix B.2). The thread is shared meanwhile; rejects with the
 * signal's reason when it aborts.
 */
export async function derive(
  { digest, password, salt, iterations }: Derivation,
  use: number,
  count: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const { block, size } = digests[digest];
  const input = Buffer.concat([filled(salt, block), filled(password, block)]);
  const derived: Buffer[] = [];
  for (let made = 0; made < count; made += size) {
    let bytes = hash(digest, Buffer.concat([Buffer.alloc(block, use), input]), "buffer");
    for (let round = 1; round < iterations; round += 1) {
      if (round % turn === 0) await letOthersRun(signal);
      bytes = hash(digest, bytes, "buffer");
    }
    derived.push(bytes);
    addToBlocks(input, Buffer.alloc(block, bytes), block);
  }
  return Buffer.concat(derived).subarray(0, count);
}

/** Repeated to whole blocks; nothing stays nothing. */
function filled(bytes: Uint8Array, block: number): Buffer {
  return bytes.length === 0 ? Buffer.alloc(0) : Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes);
}

/** Adds the number and one to each block of the input, each taken as a number, big end first. */
function addToBlocks(input: Buffer, number: Buffer, block: number): void {
  for (let end = block; end <= input.length; end += block) {
    let carry = 1;
    for (let back = 1; back <= block; back += 1) {
      const sum = (input[end - back] ?? 0) + (number[block - back] ?? 0) + carry;
      input[end - back] = sum & 0xff;
      carry = sum >> 8;
    }
  }
}

async function letOthersRun(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  signal.throwIfAborted();
}
