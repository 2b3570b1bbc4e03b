import { MountError } from "../../model/error.ts";
import { GoNumber, type GoJson } from "./json-value.ts";

/** Most values of a text, and lists and objects in each other. Go's own bound of nesting is 10,000. */
const most = { values: 100_000, depth: 2_000 } as const;

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const blank = /[ \t\r\n]*/y;
/** A backslash, or what must not stand in a text at all. */
const special = /[^ -\uffff]|\\/;

/**
 * Reads one JSON value, several times as fast as the runtime's own parser with a reviver, which alone would keep the
 * digits of numbers. It counts values as it goes.
 */
export class JsonReader {
  readonly #text: string;
  #at = 0;
  #left: number = most.values;

  constructor(text: string) {
    this.#text = text;
  }

  /** Throws SyntaxError, whose text quotes nothing, and MountError `budget_exceeded` for more than 100,000 values. */
  value(): GoJson {
    return this.#value(0);
  }

  /** Whether nothing but blanks follows. */
  get ended(): boolean {
    this.#skip();
    return this.#at === this.#text.length;
  }

  #skip(): void {
    blank.lastIndex = this.#at;
    blank.exec(this.#text);
    this.#at = blank.lastIndex;
  }

  #value(depth: number): GoJson {
    this.#left -= 1;
    if (this.#left < 0) throw new MountError("budget_exceeded", `it has more than ${most.values} values`);
    if (depth > most.depth) throw new SyntaxError("nested too deeply");
    this.#skip();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#list(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw new SyntaxError("an unknown word");
    this.#at += word.length;
    return value;
  }

  #number(): GoNumber {
    number.lastIndex = this.#at;
    const digits = number.exec(this.#text)?.[0];
    if (digits === undefined) throw new SyntaxError("no value");
    this.#at += digits.length;
    return new GoNumber(digits);
  }

  #string(): string {
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (end !== -1 && this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    if (end === -1) throw new SyntaxError("a text without its end");
    this.#at = end + 1;
    const inner = this.#text.slice(start + 1, end);
    return (special.test(inner) ? decoded(inner) : inner).toWellFormed();
  }

  #isEscaped(quote: number): boolean {
    let backslashes = 0;
    while (this.#text[quote - 1 - backslashes] === "\\") backslashes += 1;
    return backslashes % 2 === 1;
  }

  #list(depth: number): readonly GoJson[] {
    this.#at += 1;
    const items: GoJson[] = [];
    if (this.#closes("]")) return items;
    do items.push(this.#value(depth + 1));
    while (this.#continues("]"));
    return items;
  }

  #object(depth: number): ReadonlyMap<string, GoJson> {
    this.#at += 1;
    const fields = new Map<string, GoJson>();
    if (this.#closes("}")) return fields;
    do {
      this.#skip();
      if (this.#text[this.#at] !== '"') throw new SyntaxError("no key");
      const key = this.#string();
      this.#skip();
      if (this.#text[this.#at] !== ":") throw new SyntaxError("no colon");
      this.#at += 1;
      fields.set(key, this.#value(depth + 1));
    } while (this.#continues("}"));
    return fields;
  }

  #closes(sign: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  /** Whether a comma follows rather than the end. */
  #continues(end: string): boolean {
    if (this.#closes(end)) return false;
    if (this.#text[this.#at] !== ",") throw new SyntaxError("no comma");
    this.#at += 1;
    return true;
  }
}

/** A text with escapes. Throws SyntaxError. */
function decoded(inner: string): string {
  try {
    return JSON.parse(`"${inner}"`) as string;
  } catch {
    throw new SyntaxError("a text that is no JSON");
  }
}
