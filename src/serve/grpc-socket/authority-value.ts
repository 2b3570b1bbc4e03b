import type { CodedText } from "./hpack.ts";

/**
 * The characters of the HPACK Huffman code that take at most 13 bits, by the length of their code and in the order of
 * their codes (RFC 7541, appendix B). The code is canonical, so this is all of it that is needed.
 */
const byLength: readonly (readonly [number, string])[] = [
  [5, "012aceiost"],
  [6, " %-./3456789=A_bdfghlmnpru"],
  [7, ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz"],
  [8, "&*,;XZ"],
  [10, '!"()?'],
  [11, "'+|"],
  [12, "#>"],
  [13, "\0$@[]~"],
];

/** From a code with a leading 1 for its length, to its character. */
const characters: ReadonlyMap<number, string> = codes();

function codes(): Map<number, string> {
  const made = new Map<number, string>();
  let next = 0;
  let last = 0;
  for (const [length, symbols] of byLength) {
    next <<= length - last;
    last = length;
    for (const symbol of symbols) made.set((1 << length) | next++, symbol);
  }
  return made;
}

/** What Node.js takes as `:authority` (nghttp2); `@` only in some versions, so it does not count. */
const authority = /^[\w!$%&'()*+,.:;=[\]~-]+$/;

/** Stands for an authority that Node.js would refuse, coded: a length octet and its Huffman code. */
const localhost = { coded: Buffer.from("86a0e41d139d09", "hex"), length: 9 };

/**
 * What to write in place of an `:authority` value, length octet included; undefined to leave it as it is. Never longer
 * than the original, neither in the block nor decoded: the reader's dynamic table then drops nothing that the writer's
 * still has, and no frame outgrows its size.
 */
export function replaceAuthority({ huffman, octets }: CodedText): Uint8Array | undefined {
  const text = huffman ? decode(octets) : { start: Buffer.from(octets).toString("latin1"), whole: true };
  if (text === undefined || octets.length === 0 || (text.whole && authority.test(text.start))) return undefined;
  const length = text.start.length + (text.whole ? 0 : 1);
  return length < localhost.length ? zeros(length) : localhost.coded;
}

interface Decoded {
  readonly start: string;
  /** Whether `start` is all of it; otherwise a character of more than 13 bits follows. */
  readonly whole: boolean;
}

/** Undefined where the padding at the end is not that of section 5.2. */
function decode(octets: Uint8Array): Decoded | undefined {
  let start = "";
  let code = 1;
  for (const octet of octets) {
    for (let bit = 7; bit >= 0; bit--) {
      code = (code << 1) | ((octet >> bit) & 1);
      const character = characters.get(code);
      if (character !== undefined) {
        start += character;
        code = 1;
      }
      if (code >= 1 << 14) return { start, whole: false };
    }
  }
  // Less than an octet of ones fills up the last one.
  const padded = code < 1 << 8 && (code & (code + 1)) === 0;
  return padded ? { start, whole: true } : undefined;
}

/** Up to eight digits 0, whose code is five bits of 0: nothing of so many characters is shorter. */
function zeros(length: number): Uint8Array {
  const bytes = Buffer.alloc(Math.ceil((length * 5) / 8));
  const padding = bytes.length * 8 - length * 5;
  if (bytes.length > 0) bytes[bytes.length - 1] = (1 << padding) - 1;
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}
