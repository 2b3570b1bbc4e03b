import { inspect } from "node:util";

const shown = "[secret]";

/**
 * Bytes that must not be shown. Text, JSON, inspection and template literals all give `[secret]`; only `reveal` gives
 * the bytes, so that every place that uses them can be found by name.
 */
export class Secret {
  readonly #bytes: Uint8Array;

  /** Takes the bytes over: the caller must not change them afterwards. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The UTF-8 bytes of a text. */
  static fromText(text: string): Secret {
    return new Secret(Buffer.from(text, "utf8"));
  }

  /** Number of bytes. */
  get size(): number {
    return this.#bytes.byteLength;
  }

  /** The bytes themselves, not a copy. */
  reveal(): Uint8Array {
    return this.#bytes;
  }

  /** The bytes read as UTF-8. A JavaScript string cannot be wiped: only for what needs text, such as a token header. */
  revealText(): string {
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength).toString("utf8");
  }

  /** A copy that lives on when this one is wiped. */
  copy(): Secret {
    return new Secret(Uint8Array.from(this.#bytes));
  }

  /** Overwrites the bytes with zeros. */
  wipe(): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}
