import { replaceAuthority } from "./authority-value.ts";
import { readField } from "./hpack.ts";

/** Frame types, flags and sizes of HTTP/2 (RFC 9113, sections 4.1, 6.2 and 6.10). */
const types = { headers: 1, continuation: 9 };
const flags = { endHeaders: 0x4, padded: 0x8, priority: 0x20 };

/** Octets before a frame's payload. */
export const frameHeaderSize = 9;

/** Largest payload that Node.js takes unless told otherwise; a longer frame ends the connection there. */
const mostPayload = 16384;

/** Largest header block with its frame headers; Node.js takes no more than 64 KiB of fields. */
const mostBlock = 65536 + 4096;

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  /** Offset behind the frame. */
  readonly end: number;
  /** Octets of its payload. */
  readonly length: number;
}

/** The frame whose nine octets of header stand at `at`. */
export function readFrame(input: Buffer, at: number): Frame {
  const length = input.readUIntBE(at, 3);
  return {
    type: input.readUInt8(at + 3),
    flags: input.readUInt8(at + 4),
    stream: input.readUInt32BE(at + 5) & 0x7fffffff,
    end: at + frameHeaderSize + length,
    length,
  };
}

/** Whether a header block begins here that can be looked into. */
export function beginsBlock(frame: Frame): boolean {
  return frame.type === types.headers && frame.length <= mostPayload;
}

/** Where the part of a header block that one frame carries stands. */
interface Fragment {
  readonly frameStart: number;
  readonly start: number;
  readonly end: number;
  readonly frameEnd: number;
}

/** All frames of one header block; or how many octets are needed to go on; or a sequence that HTTP/2 forbids. */
export type Collected =
  | { readonly kind: "block"; readonly fragments: readonly Fragment[]; readonly end: number }
  | { readonly kind: "short"; readonly needed: number }
  | { readonly kind: "broken" };

/** The HEADERS frame at `at` with its CONTINUATION frames. Looks at frame headers only, so the verdict is the same however the octets arrive. */
export function collectBlock(input: Buffer, at: number): Collected {
  const fragments: Fragment[] = [];
  let stream = -1;
  for (let start = at; ;) {
    if (input.length < start + frameHeaderSize) return { kind: "short", needed: start + frameHeaderSize - at };
    const frame = readFrame(input, start);
    const continues = frame.type === types.continuation && frame.stream === stream;
    if (start !== at && !continues) return { kind: "broken" };
    if (frame.length > mostPayload || frame.end - at > mostBlock) return { kind: "broken" };
    if (input.length < frame.end) return { kind: "short", needed: frame.end - at };
    const fragment = locate(input, start, frame);
    if (fragment === undefined) return { kind: "broken" };
    fragments.push(fragment);
    if ((frame.flags & flags.endHeaders) !== 0) return { kind: "block", fragments, end: frame.end };
    stream = frame.stream;
    start = frame.end;
  }
}

/** Undefined where padding is longer than its frame. */
function locate(input: Buffer, frameStart: number, frame: Frame): Fragment | undefined {
  const whole = { frameStart, start: frameStart + frameHeaderSize, end: frame.end, frameEnd: frame.end };
  if (frame.type === types.continuation) return whole;
  const padded = (frame.flags & flags.padded) !== 0;
  const prefix = (padded ? 1 : 0) + ((frame.flags & flags.priority) === 0 ? 0 : 5);
  if (frame.length < prefix) return undefined;
  const padding = padded ? input.readUInt8(whole.start) : 0;
  const located = { ...whole, start: whole.start + prefix, end: whole.end - padding };
  return located.start > located.end ? undefined : located;
}

/** What became of a header block. */
export interface Rewritten {
  /** The frames to send on; undefined when they stay as they are. */
  readonly frames?: Buffer;
  /** Whether it names an `:authority` that Node.js takes. */
  readonly acceptable: boolean;
}

/** Writes a valid `:authority` in place of every other. A block that is not HPACK stays as it is. */
export function rewriteBlock(input: Buffer, fragments: readonly Fragment[]): Rewritten {
  const parts = fragments.map(({ start, end }) => input.subarray(start, end));
  const [only, ...others] = parts;
  const block = only !== undefined && others.length === 0 ? only : Buffer.concat(parts);
  const pieces: Uint8Array[] = [];
  let acceptable = false;
  let kept = 0;
  for (let at = 0; at < block.length;) {
    const field = readField(block, at);
    if (field === undefined) return { acceptable: false };
    at = field.end;
    if (field.authority === undefined) continue;
    const replacement = replaceAuthority(field.authority.value);
    if (replacement === undefined) {
      acceptable = true;
      continue;
    }
    pieces.push(block.subarray(kept, field.authority.start), replacement);
    kept = field.end;
  }
  if (pieces.length === 0) return { acceptable };
  return { frames: distribute(input, fragments, Buffer.concat([...pieces, block.subarray(kept)])), acceptable: false };
}

/** The same frames around another block, which is not longer than theirs. */
function distribute(input: Buffer, fragments: readonly Fragment[], block: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { frameStart, start, end, frameEnd } of fragments) {
    const part = block.subarray(at, at + end - start);
    at += part.length;
    const head = Buffer.from(input.subarray(frameStart, start));
    head.writeUIntBE(frameEnd - frameStart - frameHeaderSize - (end - start) + part.length, 0, 3);
    pieces.push(head, part, input.subarray(end, frameEnd));
  }
  return Buffer.concat(pieces);
}
