/** A place in a text: offset in UTF-16 units from 0, line from 0, column in characters from 0. */
export interface Mark {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** A text that is no YAML. The message never quotes it; line and column count from 1. */
export class YamlSyntaxError extends Error {
  readonly offset: number;
  readonly line: number;
  readonly column: number;

  constructor(message: string, { offset, line, column }: Mark) {
    super(message);
    this.name = "YamlSyntaxError";
    this.offset = offset;
    this.line = line + 1;
    this.column = column + 1;
  }
}

/** What `peek` gives at the end of the text. */
export const end = -1;

/** Code of a character, for comparison with what `peek` gives. */
export const code = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  nextLine: 0x85,
  lineSeparator: 0x2028,
  paragraphSeparator: 0x2029,
} as const;

/** Whether it is a space or a tab. */
export function isBlank(unit: number): boolean {
  return unit === code.space || unit === code.tab;
}

/** Whether it ends a line: for YAML 1.1 also U+0085, U+2028 and U+2029 do. */
export function isBreak(unit: number): boolean {
  if (unit === code.lineFeed || unit === code.carriageReturn) return true;
  return unit === code.nextLine || unit === code.lineSeparator || unit === code.paragraphSeparator;
}

/** Whether it ends a line or the text. */
export function isBreakOrEnd(unit: number): boolean {
  return unit === end || isBreak(unit);
}

/** Whether it is a blank, ends a line or the text. */
export function isSpaceOrEnd(unit: number): boolean {
  return isBlank(unit) || isBreakOrEnd(unit);
}

/** Walks a text character by character and knows its line and column. */
export class Cursor {
  readonly text: string;
  #offset = 0;
  #line = 0;
  #column = 0;

  /** Starts at the start of a line; a byte order mark before the first belongs to none. */
  constructor(text: string, from: Pick<Mark, "offset" | "line"> = { offset: 0, line: 0 }) {
    this.text = text;
    this.#offset = from.offset === 0 && text.startsWith("\ufeff") ? 1 : from.offset;
    this.#line = from.line;
  }

  get mark(): Mark {
    return { offset: this.#offset, line: this.#line, column: this.#column };
  }

  get offset(): number {
    return this.#offset;
  }

  get line(): number {
    return this.#line;
  }

  get column(): number {
    return this.#column;
  }

  /** The UTF-16 unit so many units ahead; `end` behind the text. */
  peek(ahead = 0): number {
    const at = this.#offset + ahead;
    return at < this.text.length ? this.text.charCodeAt(at) : end;
  }

  /** The unit here as a text of one unit; empty behind the text. */
  get char(): string {
    return this.text.charAt(this.#offset);
  }

  /** Moves over so many characters of this line. */
  skip(characters = 1): void {
    for (let left = characters; left > 0; left -= 1) {
      const unit = this.peek();
      if (unit === end) return;
      this.#offset += unit >= 0xd800 && unit <= 0xdbff ? 2 : 1;
      this.#column += 1;
    }
  }

  /** Moves over the characters of this line up to an offset, all of one unit or counted before. */
  skipTo(offset: number): void {
    while (this.#offset < offset) this.skip();
  }

  /** Moves over a line break; gives what it is worth in a value: a line feed, but U+2028 and U+2029 themselves. */
  skipBreak(): string {
    const unit = this.peek();
    if (!isBreak(unit)) return "";
    this.#offset += unit === code.carriageReturn && this.peek(1) === code.lineFeed ? 2 : 1;
    this.#line += 1;
    this.#column = 0;
    return unit === code.lineSeparator || unit === code.paragraphSeparator ? String.fromCharCode(unit) : "\n";
  }

  /** At the end of the text every block ends, as if a line had been ended. */
  closeLastLine(): void {
    if (this.#column === 0) return;
    this.#column = 0;
    this.#line += 1;
  }

  /** Whether `---` or `...` stands here, at the start of a line, with nothing behind it. */
  atMarker(marker: "---" | "..."): boolean {
    return this.#column === 0 && this.text.startsWith(marker, this.#offset) && isSpaceOrEnd(this.peek(3));
  }

  refuse(message: string, mark: Mark = this.mark): never {
    throw new YamlSyntaxError(message, mark);
  }
}
