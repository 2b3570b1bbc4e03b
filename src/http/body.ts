import { MountError } from "../model/error.ts";
import type { BodyMeter } from "./send.ts";

/** What is read of a body at most, and how long it says it is; 0 where it does not. */
export interface BodyLimits {
  readonly host: string;
  readonly mostBytes: number;
  readonly declared: number;
}

/**
 * Takes room first, then reads: what does not come in stays with its sender. Rejects with `store_protocol` when there is
 * too much, with what the meter says, or with what the stream does.
 */
export async function readBody(
  stream: AsyncIterable<Uint8Array>,
  { host, mostBytes, declared }: BodyLimits,
  meter: BodyMeter | undefined,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const tooLarge = () => new MountError("store_protocol", `${host} answered with more than ${mostBytes} bytes`);
  if (declared > mostBytes) throw tooLarge();
  await meter?.take(declared, signal);
  let room = declared;
  let size = 0;
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > mostBytes) throw tooLarge();
    if (size > room) {
      await meter?.take(size - room, signal);
      room = size;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
