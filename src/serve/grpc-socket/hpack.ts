/** Reads the little of HPACK (RFC 7541) that is needed to find a header field and write another in its place. */

/** A string as it stands in a header block. */
export interface CodedText {
  /** Offset behind it. */
  readonly end: number;
  readonly huffman: boolean;
  /** The octets as coded. */
  readonly octets: Uint8Array;
}

/** One field representation of a header block. */
export interface Field {
  /** Offset behind it. */
  readonly end: number;
  /** Its value's place, for a literal whose name is `:authority`. */
  readonly authority?: { readonly start: number; readonly value: CodedText };
}

/** Index of `:authority` in the static table (RFC 7541, appendix A). */
const authorityIndex = 1;

const authorityName = Buffer.from(":authority");

/** `:authority` in the Huffman code of RFC 7541, appendix B; checked by a test against another encoder. */
const authorityCoded = Buffer.from("b83b5339ec327d7f", "hex");

/** The field that starts at `start`; undefined where the block is cut off or not HPACK. */
export function readField(block: Uint8Array, start: number): Field | undefined {
  const first = block[start];
  if (first === undefined) return undefined;
  const prefix = prefixBits(first);
  const index = readInteger(block, start, prefix);
  // Indexed fields and table sizes are a number and nothing else (sections 6.1 and 6.3).
  if (index === undefined || prefix === 7 || prefix === 5) return index;
  const name = index.value === 0 ? readText(block, index.end) : undefined;
  if (index.value === 0 && name === undefined) return undefined;
  const at = name?.end ?? index.end;
  const value = readText(block, at);
  if (value === undefined) return undefined;
  const wanted = name === undefined ? index.value === authorityIndex : namesAuthority(name);
  return wanted ? { end: value.end, authority: { start: at, value } } : { end: value.end };
}

/** Bits of the first octet that belong to the number, by the kind of field in its high bits (section 6). */
function prefixBits(first: number): 7 | 6 | 5 | 4 {
  if (first >= 0x80) return 7;
  if (first >= 0x40) return 6;
  return first >= 0x20 ? 5 : 4;
}

function namesAuthority({ huffman, octets }: CodedText): boolean {
  return Buffer.compare(octets, huffman ? authorityCoded : authorityName) === 0;
}

function readText(block: Uint8Array, start: number): CodedText | undefined {
  const length = readInteger(block, start, 7);
  if (length === undefined) return undefined;
  const end = length.end + length.value;
  if (end > block.length) return undefined;
  return { end, huffman: ((block[start] ?? 0) & 0x80) !== 0, octets: block.subarray(length.end, end) };
}

/** A number of section 5.1; undefined where it is cut off or above what any header block can hold. */
function readInteger(block: Uint8Array, start: number, bits: number): { value: number; end: number } | undefined {
  const first = block[start];
  if (first === undefined) return undefined;
  const full = (1 << bits) - 1;
  let value = first & full;
  if (value < full) return { value, end: start + 1 };
  for (let offset = 1; offset <= 4; offset++) {
    const octet = block[start + offset];
    if (octet === undefined) return undefined;
    value += (octet & 0x7f) << (7 * (offset - 1));
    if (octet < 0x80) return { value, end: start + offset + 1 };
  }
  return undefined;
}
