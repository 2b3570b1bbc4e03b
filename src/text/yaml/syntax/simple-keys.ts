import type { Cursor, Mark } from "./cursor.ts";

/** A place where a key without `?` may have started. */
export interface SimpleKey {
  /** Number of the token that it starts with. */
  readonly number: number;
  readonly mark: Mark;
  /** Whether nothing but a key can stand there. */
  readonly required: boolean;
}

/** Longest key without `?`, in characters. */
const longestKey = 1024;

interface Level {
  /** Undefined where nothing that was written can become a key. */
  key: SimpleKey | undefined;
  /** Number of the last token that might have been one, or of the bracket that opened the level. */
  last: number;
}

/** For every open bracket, and the text around them, where a key may have started: what stands there becomes one at a colon. */
export class SimpleKeys {
  readonly #cursor: Cursor;
  readonly #levels: Level[] = [{ key: undefined, last: -1 }];
  /** Tokens that may not be given out before it is known whether they are keys, with their level. */
  readonly #waiting = new Map<number, Level>();

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  /** How many brackets are open. */
  get flow(): number {
    return this.#levels.length - 1;
  }

  /** A bracket, the token of this number, opens. */
  enter(number: number): void {
    this.#levels.push({ key: undefined, last: number });
  }

  /**
   * A bracket closes; one that was never opened is the parser's to refuse. As in libyaml an empty pair of brackets is then
   * not waited for any more, although it can still become a key.
   */
  leave(): void {
    if (this.#levels.length < 2) return;
    this.#waiting.delete(this.#levels.pop()?.last ?? -1);
  }

  /** What starts here, with the token of this number, may be a key. */
  save(number: number, indent: number): void {
    const { mark } = this.#cursor;
    this.drop();
    const level = this.#top;
    level.key = { number, mark, required: this.flow === 0 && indent === mark.column };
    level.last = number;
    this.#waiting.set(number, level);
  }

  /** What may have been a key is none. Throws where it had to be one. */
  drop(): void {
    const { key } = this.#top;
    if (key === undefined) return;
    if (key.required) this.#missing(key);
    this.#top.key = undefined;
    this.#waiting.delete(key.number);
  }

  /** At a colon: the key before it, if there is one. */
  take(): SimpleKey | undefined {
    const level = this.#top;
    const key = this.#valid(level);
    level.key = undefined;
    if (key !== undefined) this.#waiting.delete(key.number);
    return key;
  }

  /** Whether the token of this number may turn out to be a key, so that one must scan on before it is given out. */
  waitsFor(number: number): boolean {
    const level = this.#waiting.get(number);
    return level !== undefined && this.#valid(level) !== undefined;
  }

  get #top(): Level {
    return this.#levels.at(-1) ?? { key: undefined, last: -1 };
  }

  /** A key stands on one line, and is not too long. */
  #valid(level: Level): SimpleKey | undefined {
    const { key } = level;
    if (key === undefined) return undefined;
    const { line, offset } = this.#cursor;
    if (key.mark.line === line && offset - key.mark.offset <= longestKey) return key;
    if (key.required) this.#missing(key);
    level.key = undefined;
    return undefined;
  }

  #missing(key: SimpleKey): never {
    return this.#cursor.refuse("a key has no colon behind it, or a text is not indented deeper than its key", key.mark);
  }
}
