import { goTrim, goTrimStart } from "./trim.ts";

/** A section as it stands in the text; several may have one name. Keys differ, the last value of a repeated one holds. */
export interface IniSection {
  readonly name: string;
  readonly keys: ReadonlyMap<string, string>;
}

/** A text that go-ini refuses. The message never quotes it; lines count from 1. */
export class IniError extends Error {
  constructor(problem: string, line: number) {
    super(`line ${line} ${problem}`);
    this.name = "IniError";
  }
}

/** The section of keys that stand before any other. */
export const firstSection = "DEFAULT";

/**
 * Reads an INI text as gopkg.in/ini.v1 1.67.3 does with `AllowNonUniqueSections`: comments behind `#` or `;` anywhere in a
 * bare value, values in back quotes or triple quotes over several lines, lines that a backslash continues. The first
 * section is `DEFAULT`, empty or not; comments are left out. `count` is called for each section and key. Throws IniError.
 */
export function parseGoIni(text: string, count: () => void): readonly IniSection[] {
  return new IniReader(text, count).read();
}

class IniReader {
  readonly #lines: readonly string[];
  readonly #count: () => void;
  /** Index of the next line. */
  #next = 0;
  #autoNumber = 1;

  constructor(text: string, count: () => void) {
    this.#lines = text.replace(/^\ufeff/u, "").split(/(?<=\n)/u);
    this.#count = count;
  }

  read(): readonly IniSection[] {
    let keys = new Map<string, string>();
    const sections: IniSection[] = [{ name: firstSection, keys }];
    for (let written = this.#take(); written !== undefined; written = this.#take()) {
      const line = goTrimStart(written);
      if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
      this.#count();
      if (line.startsWith("[")) {
        keys = new Map();
        sections.push({ name: this.#sectionName(line), keys });
        this.#autoNumber = 1;
      } else {
        const { name, rest } = this.#keyName(line);
        keys.set(name === "-" ? `#${this.#autoNumber++}` : name, this.#value(rest));
      }
    }
    return sections;
  }

  #take(): string | undefined {
    const line = this.#lines[this.#next];
    this.#next += 1;
    return line;
  }

  #sectionName(line: string): string {
    const end = line.lastIndexOf("]");
    if (end === -1) this.#refuse("opens a section and has no ]");
    if (end === 1) this.#refuse("has a section without a name");
    return line.slice(1, end);
  }

  #keyName(line: string): { readonly name: string; readonly rest: string } {
    const quote = line.startsWith('"""') && line.length > 6 ? '"""' : (/^["`]/u.exec(line)?.[0] ?? "");
    const close = quote === "" ? 0 : line.indexOf(quote, quote.length);
    if (close === -1) this.#refuse("opens a key with a quote that is not closed");
    const from = close + quote.length;
    const mark = line.slice(from).search(/[=:]/u);
    if (mark === -1) this.#refuse("is neither a section nor a key");
    const name = goTrim(quote === "" ? line.slice(0, mark) : line.slice(quote.length, close));
    if (name === "") this.#refuse("has a value without a key");
    return { name, rest: line.slice(from + mark + 1) };
  }

  #value(rest: string): string {
    const line = goTrimStart(rest);
    const quote = line.length > 3 && line.startsWith('"""') ? '"""' : line.startsWith("`") ? "`" : undefined;
    if (quote !== undefined) return this.#quoted(line.slice(quote.length), quote);
    const whole = goTrim(line);
    if (whole.endsWith("\\")) return this.#continued(whole.slice(0, -1));
    const comment = whole.search(/[#;]/u);
    const bare = comment === -1 ? whole : goTrim(whole.slice(0, comment));
    return /^"[^"]*"$|^'[^']*'$/su.test(bare) && bare.length > 1 ? bare.slice(1, -1) : bare;
  }

  /** Up to the last quote of the line, or of the first line that has one and is not continued behind it. */
  #quoted(opened: string, quote: string): string {
    const close = opened.lastIndexOf(quote);
    if (close !== -1) return opened.slice(0, close);
    const [pieces, from] = [[opened], this.#next];
    for (let line = this.#take(); line !== undefined; line = this.#take()) {
      const at = line.lastIndexOf(quote);
      const continues = at !== -1 && goTrim(line.slice(at + quote.length)).endsWith("\\");
      pieces.push(at === -1 || continues ? line : line.slice(0, at));
      if (at !== -1 && !continues) return pieces.join("");
    }
    throw new IniError("opens a quote that is never closed", from);
  }

  #continued(start: string): string {
    let value = start;
    for (let line = this.#take(); line !== undefined; line = this.#take()) {
      const next = goTrim(line);
      if (next === "") break;
      value += next;
      if (!value.endsWith("\\")) break;
      value = value.slice(0, -1);
    }
    return value;
  }

  #refuse(problem: string): never {
    throw new IniError(problem, this.#next);
  }
}
