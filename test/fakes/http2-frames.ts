/** Hand-made HTTP/2 frames and HPACK fields (RFC 9113, RFC 7541), as a client sends them. */

export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const flags = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 };

export function frame(type: number, flag: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flag, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export const settings = frame(4, 0, 0, Buffer.alloc(0));

export function dataFrame(stream: number, payload: Uint8Array, end = true): Buffer {
  return frame(0, end ? flags.endStream : 0, stream, payload);
}

export interface HeadersShape {
  /** Octets of padding; with it the PADDED flag. */
  readonly padding?: number;
  readonly priority?: boolean;
  /** Offsets at which the block is cut into CONTINUATION frames. */
  readonly cuts?: readonly number[];
}

/** HEADERS with its CONTINUATION frames. */
export function headersFrames(
  stream: number,
  block: Buffer,
  { padding, priority, cuts = [] }: HeadersShape = {},
): Buffer {
  const edges = [0, ...cuts, block.length];
  const parts = edges.slice(1).map((edge, index) => block.subarray(edges[index], edge));
  return Buffer.concat(
    parts.map((part, index) => {
      const last = index === parts.length - 1 ? flags.endHeaders : 0;
      if (index > 0) return frame(9, last, stream, part);
      const before = Buffer.concat([
        padding === undefined ? Buffer.alloc(0) : Buffer.from([padding]),
        priority === true ? Buffer.from([0, 0, 0, 0, 15]) : Buffer.alloc(0),
      ]);
      const flag = last | (padding === undefined ? 0 : flags.padded) | (priority === true ? flags.priority : 0);
      return frame(1, flag, stream, Buffer.concat([before, part, Buffer.alloc(padding ?? 0)]));
    }),
  );
}

/** A number of RFC 7541, section 5.1, under the high bits `pattern`. */
export function integer(value: number, bits: number, pattern: number): Buffer {
  const full = (1 << bits) - 1;
  if (value < full) return Buffer.from([pattern | value]);
  const octets = [pattern | full];
  let rest = value - full;
  for (; rest >= 128; rest >>= 7) octets.push((rest & 127) | 128);
  return Buffer.from([...octets, rest]);
}

/** A string literal; give the octets of its Huffman code with `huffman`. */
export function text(octets: string | Uint8Array, huffman = false): Buffer {
  const bytes = Buffer.from(octets as Uint8Array);
  return Buffer.concat([integer(bytes.length, 7, huffman ? 0x80 : 0), bytes]);
}

/** Kinds of literal fields: high bits, and how many bits are left for the name's index. */
export const literals = {
  incremental: { bits: 6, pattern: 0x40 },
  without: { bits: 4, pattern: 0 },
  never: { bits: 4, pattern: 0x10 },
} as const;

/** A literal field; the name is an index of the tables or a string. */
export function literal(kind: keyof typeof literals, name: number | Buffer, value: Buffer): Buffer {
  const { bits, pattern } = literals[kind];
  return typeof name === "number"
    ? Buffer.concat([integer(name, bits, pattern), value])
    : Buffer.concat([integer(0, bits, pattern), name, value]);
}

export function indexed(index: number): Buffer {
  return integer(index, 7, 0x80);
}

/** The longest code first: characters by length of their Huffman code (RFC 7541, appendix B, up to 13 bits). */
const codes = new Map<string, string>();
let next = 0;
let last = 0;
for (const [length, symbols] of [
  [5, "012aceiost"],
  [6, " %-./3456789=A_bdfghlmnpru"],
  [7, ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz"],
  [8, "&*,;XZ"],
] as const) {
  next <<= length - last;
  last = length;
  for (const symbol of symbols) codes.set(symbol, (next++).toString(2).padStart(length, "0"));
}

/** A text of letters, digits and the like as Huffman code. */
export function huffman(plain: string): Buffer {
  const bits = Array.from(plain, (symbol) => codes.get(symbol) ?? "").join("");
  const octets = bits.padEnd(Math.ceil(bits.length / 8) * 8, "1").match(/.{8}/g) ?? [];
  return Buffer.from(octets.map((octet) => parseInt(octet, 2)));
}
