/** Which fields of a message are messages themselves, by number. */
export interface Shape {
  readonly [field: number]: Shape;
}

/** Longest varint in octets: 64 bits, seven of them in each. */
const maxVarint = 10;

/**
 * Throws RangeError for octets that end before a field does, or before the message around it. protobufjs takes what is
 * there of a text that is cut off, and says nothing: half a request would be answered as if it were whole.
 */
export function checkOctets(octets: Uint8Array, shape: Shape, start = 0, end = octets.length): void {
  for (let at = start; at < end;) {
    const tag = readVarint(octets, at, end);
    const body = bodyOf(octets, tag.value % 8, tag.end, end);
    if (body.end > end) throw new RangeError(`a field ends ${body.end - end} octets behind its message`);
    const nested = shape[Math.floor(tag.value / 8)];
    if (nested !== undefined && tag.value % 8 === 2) checkOctets(octets, nested, body.start, body.end);
    at = body.end;
  }
}

/** Where a field's value lies, by its wire type. A group is its fields between two tags, so the tags alone are skipped. */
function bodyOf(octets: Uint8Array, wireType: number, at: number, end: number): { start: number; end: number } {
  switch (wireType) {
    case 0:
      return { start: at, end: readVarint(octets, at, end).end };
    case 1:
      return { start: at, end: at + 8 };
    case 2: {
      const length = readVarint(octets, at, end);
      return { start: length.end, end: length.end + length.value };
    }
    case 3:
    case 4:
      return { start: at, end: at };
    case 5:
      return { start: at, end: at + 4 };
    default:
      throw new RangeError(`there is no wire type ${wireType}`);
  }
}

function readVarint(octets: Uint8Array, start: number, end: number): { value: number; end: number } {
  let value = 0;
  for (let at = start; at < Math.min(end, start + maxVarint); at += 1) {
    const octet = octets[at] ?? 0;
    value += (octet % 128) * 2 ** (7 * (at - start));
    if (octet < 128) return { value, end: at + 1 };
  }
  throw new RangeError("a number is cut off");
}
