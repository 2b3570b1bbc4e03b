import type { Socket } from "node:net";

/** The longest head of an informational answer that is skipped, in bytes. */
const maxHead = 8 * 1024;

const status = /^HTTP\/1\.[01] 100[ \r\n]/u;

/**
 * Skips answers `100 Continue` that nobody asked for (RFC 9110, section 15.2.1), which undici takes for the end of the
 * connection. They can only stand where an answer begins: behind a request, before the first other byte.
 */
export function skipContinue<S extends Socket>(socket: S): S {
  const [write, read] = [socket.write.bind(socket), socket.read.bind(socket)];
  let isBeginning = true;
  let held: Buffer = Buffer.alloc(0);
  const wrapped = (...parts: Parameters<Socket["write"]>) => {
    isBeginning = true;
    return write(...parts);
  };
  const next = (size?: number): Buffer | null => {
    for (;;) {
      const chunk = read(size) as Buffer | null;
      if (chunk === null) {
        if (!socket.readableEnded || held.length === 0) return null;
        return letGo();
      }
      if (!isBeginning) return chunk;
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      held = withoutContinue(held);
      if (!mayBeContinue(held)) return letGo();
    }
  };
  const letGo = (): Buffer => {
    const bytes = held;
    held = Buffer.alloc(0);
    isBeginning = false;
    return bytes;
  };
  Object.defineProperties(socket, {
    write: { value: wrapped, writable: true, configurable: true },
    read: { value: next, writable: true, configurable: true },
  });
  return socket;
}

/** What is left behind whole answers of that status. */
function withoutContinue(bytes: Buffer): Buffer {
  let rest = bytes;
  for (;;) {
    const end = status.test(startOf(rest)) ? rest.indexOf("\r\n\r\n") : -1;
    if (end === -1 || end > maxHead) return rest;
    rest = rest.subarray(end + 4);
  }
}

/** Whether what follows can make it one; nothing at all can. */
function mayBeContinue(bytes: Buffer): boolean {
  const start = startOf(bytes);
  if (status.test(start)) return bytes.length <= maxHead;
  return start.length < 13 && ["HTTP/1.0 100 ", "HTTP/1.1 100 "].some((whole) => whole.startsWith(start));
}

function startOf(bytes: Buffer): string {
  return bytes.subarray(0, 13).toString("latin1");
}
