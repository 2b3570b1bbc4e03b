import type { Socket } from "node:net";
import { FrameScanner, type FrameHead } from "./frame-scanner.ts";
import type { StreamTable } from "./stream-table.ts";

/** Frame types and flags (RFC 9113, section 6). */
const types = { headers: 1, reset: 3 };
const endStream = 0x1;

/** Octets that every HTTP/2 client sends before its first frame. */
const prefaceSize = 24;

/** Keeps a table's picture of one connection true. */
export interface ConnectionWatch {
  incoming(chunk: Buffer): void;
  outgoing(chunk: Buffer): void;
  /** Whether octets wait to be written. */
  setBusy(busy: boolean): void;
  closed(): void;
}

/** Nothing is watched: the table is full, or the socket has no descriptor. */
const unwatched: ConnectionWatch = {
  incoming: () => undefined,
  outgoing: () => undefined,
  setBusy: () => undefined,
  closed: () => undefined,
};

/** Enters a connection and its streams into the table. */
export function watchConnection(socket: Socket, table: StreamTable): ConnectionWatch {
  const fd = descriptorOf(socket);
  const connection = fd === undefined ? undefined : table.connect(fd);
  if (connection === undefined) return unwatched;
  const slots = new Map<number, number>();
  const end = (stream: number) => {
    const slot = slots.get(stream);
    if (slot !== undefined) table.close(slot);
    slots.delete(stream);
  };
  const begin = (stream: number) => {
    const slot = slots.get(stream);
    if (slot !== undefined) table.setAnswering(slot);
  };
  const asked = ({ type, stream }: FrameHead) => {
    if (type === types.reset) end(stream);
    if (type !== types.headers || slots.has(stream)) return;
    const slot = table.open(connection, stream);
    if (slot !== undefined) slots.set(stream, slot);
  };
  const answered = ({ type, flags, stream }: FrameHead) => {
    if (type === types.reset || (type === types.headers && (flags & endStream) !== 0)) end(stream);
    else if (type === types.headers) begin(stream);
  };
  const [incoming, outgoing] = [new FrameScanner(prefaceSize, asked), new FrameScanner(0, answered)];
  let open = true;
  return {
    incoming: (chunk) => incoming.push(chunk),
    outgoing: (chunk) => outgoing.push(chunk),
    setBusy: (busy) => {
      if (open) table.setBusy(connection, busy);
    },
    closed: () => {
      if (!open) return;
      open = false;
      for (const stream of [...slots.keys()]) end(stream);
      table.disconnect(connection);
    },
  };
}

/** The file descriptor of a socket, which Node.js keeps in a member without a type. */
function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = "_handle" in socket ? socket._handle : undefined;
  if (typeof handle !== "object" || handle === null || !("fd" in handle)) return undefined;
  return typeof handle.fd === "number" && handle.fd >= 0 ? handle.fd : undefined;
}
