/** One value of a DER text. */
export interface DerValue {
  /** The first byte: class, form and number. */
  readonly tag: number;
  readonly content: Buffer;
}

/** Tag bytes that certificates and key stores use. */
export const derTag = {
  integer: 0x02,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
  /** Context-specific, primitive and constructed; the number is added. */
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

/** The values inside a value of this tag; empty for another one, and for content that is no DER. */
export function insideDer(value: DerValue | undefined, tag: number): readonly DerValue[] {
  return value?.tag === tag ? (parseDer(value.content) ?? []) : [];
}

/** An object identifier in dots, such as `1.2.840.113549.1.7.1`; empty for another value. */
export function oidText(value: DerValue | undefined): string {
  if (value?.tag !== derTag.oid) return "";
  const numbers: number[] = [];
  let number = 0;
  for (const byte of value.content) {
    number = number * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0;
  }
  const [first = 0, ...rest] = numbers;
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - top * 40, ...rest].join(".");
}

/** A whole number from 0 up; undefined for another value, a negative number and one above 2^31. */
export function derNumber(value: DerValue | undefined): number | undefined {
  if (value?.tag !== derTag.integer || value.content.length === 0 || value.content.length > 5) return undefined;
  const number = value.content.readIntBE(0, value.content.length);
  return number >= 0 && number <= 2 ** 31 ? number : undefined;
}

/** One value, written. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

/** An object identifier, written; `text` in dots. */
export function writeOid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  return writeDer(derTag.oid, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** A whole number from 0 up, written. */
export function writeNumber(number: number): Buffer {
  const hex = number.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return writeDer(derTag.integer, Buffer.alloc((bytes[0] ?? 0) >= 0x80 ? 1 : 0), bytes);
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

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const count = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  const bytes = Buffer.alloc(1 + count, 0x80 + count);
  bytes.writeUIntBE(length, 1, count);
  return bytes;
}

function base128(number: number): readonly number[] {
  const bytes = [number % 128];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 + (rest % 128));
  return bytes;
}
