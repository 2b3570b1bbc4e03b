/** What the nine octets before a frame's payload say (RFC 9113, section 4.1). */
export interface FrameHead {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

/** Octets before a frame's payload. */
const headSize = 9;

/** Reports the frames of one direction of an HTTP/2 connection, however its octets are cut. Looks at no payload. */
export class FrameScanner {
  readonly #seen: (frame: FrameHead) => void;
  /** Octets that only pass: the client's preface, or the rest of a payload. */
  #passing: number;
  readonly #head = Buffer.alloc(headSize);
  #filled = 0;

  /** `preface`: octets before the first frame. */
  constructor(preface: number, seen: (frame: FrameHead) => void) {
    this.#passing = preface;
    this.#seen = seen;
  }

  /** Takes the next octets. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const passed = Math.min(this.#passing, chunk.length - at);
      this.#passing -= passed;
      at += passed;
      const copied = chunk.copy(this.#head, this.#filled, at, at + headSize - this.#filled);
      this.#filled += copied;
      at += copied;
      if (this.#filled < headSize) return;
      this.#filled = 0;
      this.#passing = this.#head.readUIntBE(0, 3);
      const stream = this.#head.readUInt32BE(5) & 0x7fffffff;
      this.#seen({ type: this.#head.readUInt8(3), flags: this.#head.readUInt8(4), stream });
    }
  }
}
