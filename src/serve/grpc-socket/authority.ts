import { beginsBlock, collectBlock, frameHeaderSize, readFrame, rewriteBlock } from "./header-block.ts";

/** What every HTTP/2 client sends first (RFC 9113, section 3.4). */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/**
 * Makes the octets of an HTTP/2 client acceptable to Node.js, which refuses a request whose `:authority` is no
 * authority. Drivers 1.3 to 1.5 send their socket's path there (grpc-go; provider_client.go before 1.6).
 *
 * Everything but such a value passes unchanged and, wherever it can, uncopied; so does whatever is not HTTP/2. The
 * output does not depend on how the input is cut. At most one header block is held back. After the first header block
 * with a valid authority nothing is looked at any more: a connection keeps to one authority.
 */
export class AuthorityRewriter {
  #settled = false;
  /** Octets of the preface seen. */
  #greeted = 0;
  /** Octets of the current frame that only pass. */
  #passing = 0;
  /** Octets that wait for more, and how many there must be before it is worth looking again. */
  #held: Buffer[] = [];
  #size = 0;
  #needed = 0;

  /** Whether the rest of the connection passes as it is. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Takes the next octets and gives those that can go on; never throws. */
  push(chunk: Buffer): readonly Buffer[] {
    if (this.#settled) return [chunk];
    if (this.#held.length === 0) return this.#scan(chunk);
    this.#held.push(chunk);
    this.#size += chunk.length;
    return this.#size < this.#needed ? [] : this.#scan(Buffer.concat(this.flush()));
  }

  /** What is held back; for the end of the connection. */
  flush(): readonly Buffer[] {
    const held = this.#held;
    this.#held = [];
    this.#size = 0;
    return held;
  }

  #scan(input: Buffer): readonly Buffer[] {
    const out: Buffer[] = [];
    let from = 0;
    let at = this.#greet(input);
    while (!this.#settled) {
      const passed = Math.min(this.#passing, input.length - at);
      this.#passing -= passed;
      at += passed;
      if (at === input.length) break;
      const step = this.#inspect(input, at);
      if (step.needed !== undefined) {
        this.#hold(input.subarray(at), step.needed);
        return nonEmpty([...out, input.subarray(from, at)]);
      }
      if (step.frames !== undefined) {
        out.push(input.subarray(from, at), step.frames);
        from = step.end;
      }
      at = step.end;
    }
    return nonEmpty([...out, input.subarray(from)]);
  }

  /** Passes over the preface; gives the offset behind it. */
  #greet(input: Buffer): number {
    const count = Math.min(preface.length - this.#greeted, input.length);
    const expected = preface.subarray(this.#greeted, this.#greeted + count);
    if (!input.subarray(0, count).equals(expected)) this.#settled = true;
    this.#greeted += count;
    return count;
  }

  /** Looks at the frame at `at`: `needed` octets must be there first, or it is done with up to `end`. */
  #inspect(input: Buffer, at: number): { needed?: number; end: number; frames?: Buffer } {
    if (input.length - at < frameHeaderSize) return { needed: frameHeaderSize, end: at };
    const frame = readFrame(input, at);
    if (!beginsBlock(frame)) {
      this.#passing = frameHeaderSize + frame.length;
      return { end: at };
    }
    const block = collectBlock(input, at);
    if (block.kind === "short") return { needed: block.needed, end: at };
    if (block.kind === "broken") {
      this.#settled = true;
      return { end: at };
    }
    const { frames, acceptable } = rewriteBlock(input, block.fragments);
    this.#settled = acceptable;
    return frames === undefined ? { end: block.end } : { end: block.end, frames };
  }

  #hold(rest: Buffer, needed: number): void {
    this.#held = [rest];
    this.#size = rest.length;
    this.#needed = needed;
  }
}

function nonEmpty(buffers: readonly Buffer[]): readonly Buffer[] {
  return buffers.filter((buffer) => buffer.length > 0);
}
