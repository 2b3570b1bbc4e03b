import type { OpenStream } from "./stream-table.ts";

/** What the driver is told of a call that the daemon can no longer answer. INTERNAL is final: kubelet asks again. */
const message = "the daemon is stuck or out of memory and restarts; the mount is repeated";

/**
 * The frames that end calls with gRPC's INTERNAL: a trailers-only answer where none has begun, else a reset, which gRPC
 * clients take for INTERNAL as well. Its fields are literals that no HPACK table knows of (RFC 7541, section 6.2.2), so
 * they can be written by somebody who has not seen what was sent before.
 */
export function finalFrames(streams: readonly OpenStream[]): Buffer {
  return Buffer.concat(
    streams.map(({ stream, answering }) =>
      answering ? frame(3, 0, stream, internalError) : frame(1, 0x5, stream, trailers),
    ),
  );
}

/** INTERNAL_ERROR (RFC 9113, section 7). */
const internalError = Buffer.from([0, 0, 0, 2]);

/** `:status: 200` stands in HPACK's static table at 8. */
const trailers = Buffer.concat([
  Buffer.from([0x88]),
  field("content-type", "application/grpc"),
  field("grpc-status", "13"),
  field("grpc-message", message),
]);

/** A literal field without indexing, under a new name; both texts shorter than 127 octets. */
function field(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
