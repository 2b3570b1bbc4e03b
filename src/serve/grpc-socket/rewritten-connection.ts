import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { ConnectionWatch } from "../last-line/watched-connection.ts";
import { AuthorityRewriter } from "./authority.ts";

/**
 * A connection whose incoming octets pass an AuthorityRewriter. Ends and is destroyed together with its socket; an error
 * of the socket ends it without one, as nobody could answer any more.
 */
export class RewrittenConnection extends Duplex {
  readonly #socket: Socket;
  readonly #rewriter = new AuthorityRewriter();
  readonly #watch: ConnectionWatch;

  constructor(socket: Socket, watch: ConnectionWatch) {
    super();
    this.#socket = socket;
    this.#watch = watch;
    socket.on("data", (chunk: Buffer) => {
      watch.incoming(chunk);
      this.#receive(this.#rewriter.push(chunk));
    });
    socket.on("end", () => {
      this.#receive(this.#rewriter.flush());
      this.push(null);
    });
    socket.on("error", () => this.destroy());
    socket.on("close", () => this.destroy());
  }

  #receive(chunks: readonly Buffer[]): void {
    // A plain loop: every chunk must be pushed, also after the reader said that it has enough.
    for (const chunk of chunks) {
      if (!this.push(chunk)) this.#socket.pause();
    }
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: (error?: Error | null) => void): void {
    this.#watch.outgoing(chunk);
    this.#watch.setBusy(true);
    this.#socket.write(chunk, this.#after(written));
  }

  override _writev(chunks: { chunk: Buffer }[], written: (error?: Error | null) => void): void {
    this.#watch.setBusy(true);
    this.#socket.cork();
    chunks.forEach(({ chunk }, index) => {
      this.#watch.outgoing(chunk);
      if (index === chunks.length - 1) this.#socket.write(chunk, this.#after(written));
      else this.#socket.write(chunk);
    });
    this.#socket.uncork();
  }

  #after(written: (error?: Error | null) => void): (error?: Error | null) => void {
    return (error) => {
      this.#watch.setBusy(false);
      written(error);
    };
  }

  override _final(ended: (error?: Error | null) => void): void {
    this.#socket.end(() => ended());
  }

  override _destroy(error: Error | null, destroyed: (error?: Error | null) => void): void {
    this.#watch.closed();
    this.#socket.destroy();
    destroyed(error);
  }
}
