import type { Tree } from "../../model/outcome.ts";
import { parseJson } from "../json.ts";
import { ExpressionError } from "./expression-error.ts";
import type { Edition } from "./edition.ts";

/** Tokens that are their own text. */
const symbols = [
  ...["[?", "[]", "==", "!=", "<=", ">=", "&&", "||", "//", "[", "]", "(", ")", "{", "}", ".", ",", ":", "@", "*"],
  ...["!", "<", ">", "=", "&", "|", "+", "-", "/", "%", "?", "$", "\u2212", "\u00d7", "\u00f7"],
] as const;

/** The text of a token that is a sign. */
export type Sign = (typeof symbols)[number];

/** What the original language of 2015 does not have. */
const added: ReadonlySet<Sign> = new Set<Sign>(["//", "=", "+", "-", "/", "%", "?", "$", "\u2212", "\u00d7", "\u00f7"]);

/** One token; `at` is the zero-based place of its first character. */
export type Token =
  | { readonly kind: Sign | "end"; readonly at: number }
  | { readonly kind: "name" | "quoted" | "variable"; readonly text: string; readonly at: number }
  | { readonly kind: "number"; readonly value: number; readonly at: number }
  | { readonly kind: "literal"; readonly value: Tree; readonly at: number };

const patterns = {
  blank: /[ \t\r\n]+/y,
  name: /[A-Za-z_][A-Za-z0-9_]*/y,
  variable: /\$[A-Za-z_][A-Za-z0-9_]*/y,
  number: /-?[0-9]+/y,
  quoted: /"(?:[^"\\]|\\[^])*"/y,
  raw: /'(?:[^'\\]|\\[^])*'/y,
  json: /`(?:[^`\\]|\\[^])*`/y,
} as const;

/** Splits an expression; the last token is `end`. Throws ExpressionError. */
export function tokenize(expression: string, edition: Edition): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < expression.length) {
    const blank = match(patterns.blank, expression, at);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const [token, length] = read(expression, at, edition);
    tokens.push(token);
    at += length;
  }
  return [...tokens, { kind: "end", at }];
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function read(text: string, at: number, edition: Edition): readonly [Token, number] {
  const name = match(patterns.name, text, at);
  if (name !== undefined) return [{ kind: "name", text: name, at }, name.length];
  const number = match(patterns.number, text, at);
  if (number !== undefined) return [{ kind: "number", value: Number(number), at }, number.length];
  switch (text[at]) {
    case '"':
      return quoted(text, at);
    case "'":
      return raw(text, at, edition);
    case "`":
      return literal(text, at);
    default:
      return sign(text, at, edition);
  }
}

function sign(text: string, at: number, { extended }: Edition): readonly [Token, number] {
  const variable = match(patterns.variable, text, at);
  if (variable !== undefined && extended) return [{ kind: "variable", text: variable.slice(1), at }, variable.length];
  const found = symbols.find((symbol) => text.startsWith(symbol, at));
  if (found !== undefined && (extended || !added.has(found))) return [{ kind: found, at }, found.length];
  const hint = text[at] === "-" ? ': a key with "-" in it stands in double quotes, such as "api-key"' : "";
  throw new ExpressionError(`a character that is not of the language${hint}`, at);
}

/** A key in double quotes: a JSON string. */
function quoted(text: string, at: number): readonly [Token, number] {
  const source = match(patterns.quoted, text, at);
  if (source === undefined) throw new ExpressionError('a double quote without its end `"`', at);
  const value = jsonOf(source);
  if (typeof value !== "string") throw new ExpressionError("a key in double quotes that is no JSON string", at);
  return [{ kind: "quoted", text: value, at }, source.length];
}

/** Text in single quotes, where `\'` is a quote, and `\\` a backslash, or in the original language still two. */
function raw(text: string, at: number, { extended }: Edition): readonly [Token, number] {
  const source = match(patterns.raw, text, at);
  if (source === undefined) throw new ExpressionError("a single quote without its end `'`", at);
  const value = source.slice(1, -1).replaceAll(extended ? /\\(['\\])/g : /\\(')/g, "$1");
  return [{ kind: "literal", value, at }, source.length];
}

/** JSON in backquotes. */
function literal(text: string, at: number): readonly [Token, number] {
  const source = match(patterns.json, text, at);
  if (source === undefined) throw new ExpressionError("a backquote without its end", at);
  const value = jsonOf(source.slice(1, -1).replaceAll("\\`", "`"));
  if (value === undefined) {
    throw new ExpressionError(
      "text in backquotes that is no JSON; plain text stands in single quotes, such as 'text'",
      at,
    );
  }
  return [{ kind: "literal", value, at }, source.length];
}

function jsonOf(source: string): Tree | undefined {
  try {
    return parseJson(source);
  } catch {
    return undefined;
  }
}
