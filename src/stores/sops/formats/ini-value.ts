import { invalid } from "../budget.ts";

/** A value, and the line in which it ends. */
export interface IniValue {
  readonly text: string;
  readonly end: number;
}

/** Reads a value that starts behind its `=`: in triple quotes over many lines, in back quotes, quoted or bare. */
export function takeIniValue(rest: string, lines: readonly string[], at: number): IniValue {
  const start = rest.trimStart();
  for (const quote of ['"""', "`"]) {
    if (start.startsWith(quote)) return throughQuote(start.slice(quote.length), quote, lines, at);
  }
  const bare = withoutComment(start.trim());
  if (bare.endsWith("\\")) throw invalid(`line ${at + 1} is continued by a backslash, which is not supported`);
  const quote = bare[0];
  const paired = bare.length > 1 && (quote === '"' || quote === "'") && bare.endsWith(quote);
  return { text: paired ? bare.slice(1, -1) : bare, end: at };
}

function throughQuote(opened: string, quote: string, lines: readonly string[], at: number): IniValue {
  const parts: string[] = [];
  for (let end = at; end < lines.length; end++) {
    const line = end === at ? opened : (lines[end] ?? "");
    const close = line.indexOf(quote);
    if (close === -1) parts.push(line);
    else return { text: [...parts, line.slice(0, close)].join("\n"), end };
  }
  throw invalid(`line ${at + 1} opens a quote that is never closed`);
}

function withoutComment(text: string): string {
  const comment = /\s[#;]/.exec(text);
  return comment === null ? text : text.slice(0, comment.index).trim();
}
