/** One value of a DER text. */
export interface DerValue {
  /** The first byte: class, form and number. */
  readonly tag: number;
  readonly content: Buffer;
}

/** Tag bytes that CMS uses. */
export const derTag = {
  integer: 0x02,
  octets: 0x04,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
  /** Context-specific 0, primitive and constructed. */
  context: 0x80,
  contextConstructed: 0xa0,
} as const;

/**
 * The values that stand one after the other in these bytes, all of them. Undefined unless every length is definite
 * and fits, and no byte is left over.
 */
export function parseDer(bytes: Buffer): readonly DerValue[] | undefined {
  const values: DerValue[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const header = readHeader(rest);
    if (header === undefined || rest.length < header.end) return undefined;
    values.push({ tag: rest[0] ?? 0, content: rest.subarray(header.start, header.end) });
    rest = rest.subarray(header.end);
  }
  return values;
}

/** Where the content starts and ends; tags of one byte, lengths of at most three. */
function readHeader(bytes: Buffer): { readonly start: number; readonly end: number } | undefined {
  const [tag = 0, first] = bytes;
  if (first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  if (first < 0x80) return { start: 2, end: 2 + first };
  const count = first & 0x7f;
  if (count === 0 || count > 3 || bytes.length < 2 + count) return undefined;
  return { start: 2 + count, end: 2 + count + bytes.readUIntBE(2, count) };
}
