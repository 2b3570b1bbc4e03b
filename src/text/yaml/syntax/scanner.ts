import { scanBlockScalar } from "./block-scalar.ts";
import { Cursor, end, isBlank, isBreak, isBreakOrEnd, isSpaceOrEnd, type Mark } from "./cursor.ts";
import { scanPlainScalar } from "./plain-scalar.ts";
import { scanAnchor, scanDirective, scanTag } from "./properties.ts";
import { scanQuotedScalar } from "./quoted-scalar.ts";
import { SimpleKeys } from "./simple-keys.ts";
import type { StructureToken, Token } from "./token.ts";

/** How a text is scanned. */
export interface ScanOptions {
  /** How many tokens the text may have. */
  readonly tokens: number;
  /** Which escapes double quotes may hold: those of YAML 1.1 alone, or JSON's (`\\/`, surrogate pairs) too. */
  readonly escapes: "yaml" | "json";
  /** Tokens that are scanned before the first of them is given out: what is wrong there is met early. */
  readonly lookahead: number;
  /** Where to start: the start of a line. */
  readonly from?: Pick<Mark, "offset" | "line">;
}

/**
 * Cuts a text into tokens as libyaml's scanner does, which go-yaml is a translation of: the same texts are taken and
 * refused. `next` throws YamlSyntaxError.
 */
export class Scanner {
  readonly #cursor: Cursor;
  readonly #queue: Token[] = [];
  readonly #keys: SimpleKeys;
  readonly #indents: number[] = [];
  readonly #options: ScanOptions;
  #taken = 0;
  #indent = -1;
  #keyAllowed = true;
  #done = false;
  /** Line of the last token that can have a comment of its own behind it. */
  #tokenLine = -1;

  constructor(text: string, options: ScanOptions) {
    this.#cursor = new Cursor(text, options.from);
    this.#keys = new SimpleKeys(this.#cursor);
    this.#options = options;
  }

  /** The next token, which stays the next. */
  peek(): Token {
    while (!this.#done && (this.#queue.length < this.#options.lookahead || this.#keys.waitsFor(this.#taken)))
      this.#fetch();
    const [token] = this.#queue;
    return token ?? { type: "stream end", start: this.#cursor.mark, end: this.#cursor.mark };
  }

  /** Takes the next token. */
  take(): Token {
    const token = this.peek();
    this.#queue.shift();
    this.#taken += 1;
    if (this.#taken > this.#options.tokens) this.#cursor.refuse("it has too many values; divide it");
    return token;
  }

  get #number(): number {
    return this.#taken + this.#queue.length;
  }

  #fetch(): void {
    const cursor = this.#cursor;
    this.#fetchNext();
    const last = this.#queue.at(-1)?.type;
    if (last === "-" || last === "document start" || last === "document end") return;
    this.#tokenLine = cursor.line;
    if (last === ":" || last === "?") this.#skipToComment();
  }

  /** Behind a colon or question mark also tabs may stand before a comment. */
  #skipToComment(): void {
    let ahead = 0;
    while (isBlank(this.#cursor.peek(ahead))) ahead += 1;
    if (this.#cursor.text.charAt(this.#cursor.offset + ahead) === "#") this.#cursor.skip(ahead);
  }

  #fetchNext(): void {
    const cursor = this.#cursor;
    this.#skipToToken();
    this.#unroll(cursor.column);
    if (cursor.peek() === end) this.#endStream();
    else if (cursor.column === 0 && cursor.char === "%") {
      this.#reset();
      this.#queue.push(scanDirective(cursor));
    } else if (cursor.atMarker("---")) this.#marker("document start");
    else if (cursor.atMarker("...")) this.#marker("document end");
    else if (!this.#fetchIndicator()) this.#fetchContent();
  }

  #fetchIndicator(): boolean {
    const { char } = this.#cursor;
    const spaceBehind = isSpaceOrEnd(this.#cursor.peek(1));
    const inFlow = this.#keys.flow > 0;
    if (char === "[" || char === "{") this.#open(char);
    else if (char === "]" || char === "}") this.#close(char);
    else if (char === ",") this.#comma();
    else if (char === "-" && spaceBehind) this.#dash();
    else if (char === "?" && (inFlow || spaceBehind)) this.#question();
    else if (char === ":" && (inFlow || spaceBehind)) this.#colon();
    else return false;
    return true;
  }

  #fetchContent(): void {
    const cursor = this.#cursor;
    const { char } = cursor;
    if ((char === "|" || char === ">") && this.#keys.flow === 0) {
      this.#keys.drop();
      this.#keyAllowed = true;
      this.#queue.push(scanBlockScalar(cursor, this.#indent));
      return;
    }
    if (char === "\t") cursor.refuse("a tab is used as indentation; use spaces");
    const isPlain = !"-?:,[]{}#&*!|>'\"%@`".includes(char);
    const startsPlain = isPlain || (char === "-" && !isBlank(cursor.peek(1))) || (this.#keys.flow === 0 && "?:".includes(char)); // prettier-ignore
    if (!startsPlain && !"*&!'\"".includes(char)) {
      cursor.refuse("a text cannot start with this character; put it in quotes");
    }
    if (this.#keyAllowed) this.#keys.save(this.#number, this.#indent);
    this.#keyAllowed = false;
    if (char === "*" || char === "&") this.#queue.push(scanAnchor(cursor, char === "*" ? "alias" : "anchor"));
    else if (char === "!") this.#queue.push(scanTag(cursor));
    else if (char === "'" || char === '"') this.#queue.push(scanQuotedScalar(cursor, this.#options.escapes));
    else {
      const { token, endsLine } = scanPlainScalar(cursor, this.#indent, this.#keys.flow > 0);
      if (endsLine) this.#keyAllowed = true;
      this.#queue.push(token);
    }
  }

  /** Skips blanks, comments and line breaks. A tab may not stand where a key could start. */
  #skipToToken(): void {
    const cursor = this.#cursor;
    for (;;) {
      const tabs = this.#keys.flow > 0 || !this.#keyAllowed;
      while (cursor.char === " " || (tabs && cursor.char === "\t")) cursor.skip();
      if (cursor.char === "#") this.#skipComments();
      if (!isBreak(cursor.peek())) return;
      cursor.skipBreak();
      if (this.#keys.flow === 0) this.#keyAllowed = true;
    }
  }

  /** A comment, and where no token is before it on its line the comment lines that follow: before those tabs may stand. */
  #skipComments(): void {
    const cursor = this.#cursor;
    for (;;) {
      const { line } = cursor;
      while (!isBreakOrEnd(cursor.peek())) cursor.skip();
      if (line === this.#tokenLine) return;
      let ahead = 0;
      while (isBlank(cursor.peek(ahead)) || isBreak(cursor.peek(ahead))) ahead += 1;
      if (cursor.text.charAt(cursor.offset + ahead) !== "#") return;
      const next = cursor.offset + ahead;
      while (cursor.offset < next) if (cursor.skipBreak() === "") cursor.skip();
      if (this.#keys.flow === 0) this.#keyAllowed = true;
    }
  }

  #push(type: StructureToken, characters: number): void {
    const start = this.#cursor.mark;
    this.#cursor.skip(characters);
    this.#queue.push({ type, start, end: this.#cursor.mark });
  }

  /** Before a document or the stream ends: every block ends, and no key is waited for. */
  #reset(): void {
    this.#unroll(-1);
    this.#keys.drop();
    this.#keyAllowed = false;
  }

  #endStream(): void {
    const { mark } = this.#cursor;
    this.#cursor.closeLastLine();
    this.#reset();
    this.#queue.push({ type: "stream end", start: mark, end: mark });
    this.#done = true;
  }

  #marker(type: "document start" | "document end"): void {
    this.#reset();
    this.#push(type, 3);
  }

  #open(type: "[" | "{"): void {
    if (this.#keyAllowed) this.#keys.save(this.#number, this.#indent);
    this.#keys.enter(this.#number);
    this.#keyAllowed = true;
    this.#push(type, 1);
  }

  #close(type: "]" | "}"): void {
    this.#keys.drop();
    this.#keys.leave();
    this.#keyAllowed = false;
    this.#push(type, 1);
  }

  #comma(): void {
    this.#keys.drop();
    this.#keyAllowed = true;
    this.#push(",", 1);
  }

  #dash(): void {
    if (this.#keys.flow === 0) {
      if (!this.#keyAllowed) this.#cursor.refuse("a list cannot start on this line; put it on the next, or in quotes");
      this.#roll(this.#cursor.mark, "block list");
    }
    this.#keys.drop();
    this.#keyAllowed = true;
    this.#push("-", 1);
  }

  #question(): void {
    if (this.#keys.flow === 0) {
      if (!this.#keyAllowed) this.#cursor.refuse("a key cannot start on this line; put the text in quotes");
      this.#roll(this.#cursor.mark, "block map");
    }
    this.#keys.drop();
    this.#keyAllowed = this.#keys.flow === 0;
    this.#push("?", 1);
  }

  #colon(): void {
    const key = this.#keys.take();
    if (key !== undefined) {
      // A key that was not waited for is given out already: what belongs before it comes too late.
      const at = key.number < this.#taken ? this.#queue.length : key.number - this.#taken;
      this.#queue.splice(at, 0, { type: "?", start: key.mark, end: key.mark });
      this.#roll(key.mark, "block map", key.number < this.#taken ? this.#queue.length : at);
      this.#keyAllowed = false;
    } else {
      if (this.#keys.flow === 0) {
        if (!this.#keyAllowed) this.#refuseColon();
        this.#roll(this.#cursor.mark, "block map");
      }
      this.#keyAllowed = this.#keys.flow === 0;
    }
    this.#push(":", 1);
  }

  #refuseColon(): never {
    const before = this.#queue.at(-1);
    const isLong = before?.type === "scalar" && before.start.line < before.end.line;
    return this.#cursor.refuse(
      isLong
        ? "a key runs over several lines, or a colon is missing on the line before"
        : "a second map starts on the same line; put a text that holds a colon in quotes",
    );
  }

  /** A collection starts where something is indented deeper than what is open. */
  #roll(mark: Mark, type: "block list" | "block map", at = this.#queue.length): void {
    if (this.#keys.flow > 0 || this.#indent >= mark.column) return;
    this.#indents.push(this.#indent);
    this.#indent = mark.column;
    this.#queue.splice(at, 0, { type, start: mark, end: mark });
  }

  /** Collections that are indented deeper than this column end. */
  #unroll(column: number): void {
    if (this.#keys.flow > 0) return;
    while (this.#indent > column) {
      this.#push("block end", 0);
      this.#indent = this.#indents.pop() ?? -1;
    }
  }
}
