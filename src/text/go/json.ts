/** A JSON number by its digits as they were written. */
export class GoNumber {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

/** JSON as Go's `encoding/json` sees it: numbers keep their digits, objects have no prototype. */
export type GoJson = null | boolean | string | GoNumber | readonly GoJson[] | ReadonlyMap<string, GoJson>;

/** Whether text may follow the value: Go's `Decoder` leaves it alone, `Unmarshal` does not. */
export type Trailing = "ignored" | "refused";

/**
 * Parses JSON without losing anything: a repeated key keeps its last value, half surrogate pairs become U+FFFD. Throws
 * SyntaxError, whose text is V8's and may quote the input: it must not be shown.
 */
export function parseGoJson(text: string, trailing: Trailing = "refused"): GoJson {
  const whole = trailing === "ignored" ? firstValue(text) : text;
  return JSON.parse(whole, revive) as GoJson;
}

function revive(_key: string, value: unknown, context?: { readonly source?: string }): GoJson {
  if (typeof value === "number") return new GoNumber(context?.source ?? String(value));
  if (typeof value === "string") return value.toWellFormed();
  if (value === null || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value as readonly GoJson[];
  const entries = Object.entries(value as Readonly<Record<string, GoJson>>);
  return new Map(entries.map(([key, item]) => [key.toWellFormed(), item]));
}

/**
 * Whether every number of a JSON text fits a float64, also one that a later key replaces: Go refuses the whole text otherwise
 * where it decodes numbers as such.
 */
export function numbersFit(text: string): boolean {
  const tokens = text.matchAll(/"(?:[^"\\]|\\[^])*"|-?[0-9][0-9.eE+-]*/gu);
  return tokens.every(([token]) => token.startsWith('"') || Number.isFinite(Number(token)));
}

/** The text up to the end of the object or array that it starts with; all of it where it starts with something else. */
function firstValue(text: string): string {
  const start = text.search(/[^ \t\r\n]/u);
  if (start === -1 || !"{[".includes(text.charAt(start))) return text;
  let depth = 0;
  for (const match of text.slice(start).matchAll(/"(?:[^"\\]|\\[^])*"?|[[\]{}]/gu)) {
    const [token] = match;
    if (token === "{" || token === "[") depth += 1;
    if (token === "}" || token === "]") depth -= 1;
    if (depth === 0) return text.slice(start, start + match.index + 1);
  }
  return text;
}

/**
 * The text that Go's `json.Marshal` makes of a value: compact, keys sorted by their UTF-8 bytes, `<`, `>`, `&`, U+2028
 * and U+2029 escaped, numbers as they were written.
 */
export function goJson(value: GoJson): string {
  if (typeof value === "string") return goJsonText(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (value instanceof GoNumber) return value.digits;
  if (isList(value)) return `[${value.map(goJson).join(",")}]`;
  const keys = [...value.keys()].sort(byUtf8);
  return `{${keys.map((key) => `${goJsonText(key)}:${goJson(value.get(key) ?? null)}`).join(",")}}`;
}

/** A number as Go's `json.Marshal` writes a float64. */
export function goFloat(value: number): GoNumber {
  return new GoNumber(Object.is(value, -0) ? "-0" : String(value));
}

function isList(value: readonly GoJson[] | ReadonlyMap<string, GoJson>): value is readonly GoJson[] {
  return Array.isArray(value);
}

function byUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"));
}

const short: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f",
};

function goJsonText(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is escaped
  const escaped = text.toWellFormed().replace(/["\\<>&\u2028\u2029\u0000-\u001f]/gu, (character) => {
    return short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}
