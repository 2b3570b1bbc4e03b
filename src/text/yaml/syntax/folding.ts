/**
 * Puts the pieces of a scalar of several lines together, as plain and quoted ones fold: blanks inside a line stay, one
 * line break becomes a space, of several all but the first stay.
 */
export class Folding {
  readonly #pieces: string[] = [];
  #blanks = "";
  #firstBreak = "";
  #moreBreaks = "";
  #between = false;

  /** The whole text so far; blanks and breaks at the end are left out. */
  get text(): string {
    return this.#pieces.join("");
  }

  /** Whether a line has ended since the last piece. */
  get betweenLines(): boolean {
    return this.#between;
  }

  /** A piece without blanks or breaks. */
  add(piece: string): void {
    this.settle();
    this.#pieces.push(piece);
  }

  /** Blanks behind a line break are indentation. */
  addBlank(blank: string): void {
    if (!this.#between) this.#blanks += blank;
  }

  addBreak(lineBreak: string): void {
    if (this.#between) this.#moreBreaks += lineBreak;
    else {
      this.#blanks = "";
      this.#firstBreak = lineBreak;
      this.#between = true;
    }
  }

  /** A break that a backslash took away: nothing is left of it, and the next line's indentation goes. */
  addEscapedBreak(): void {
    this.#between = true;
  }

  /** Adds what stands between the last piece and the next. */
  settle(): void {
    if (!this.#between) this.#pieces.push(this.#blanks);
    else if (this.#firstBreak !== "\n") this.#pieces.push(this.#firstBreak, this.#moreBreaks);
    else this.#pieces.push(this.#moreBreaks === "" ? " " : this.#moreBreaks);
    this.#blanks = "";
    this.#firstBreak = "";
    this.#moreBreaks = "";
    this.#between = false;
  }
}
