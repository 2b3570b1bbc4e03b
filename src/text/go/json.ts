import { JsonReader } from "./json-reader.ts";
import { GoNumber, type GoJson } from "./json-value.ts";

export { GoNumber, type GoJson };

/** Whether text may follow the value: Go's `Decoder` leaves it alone, `Unmarshal` does not. */
export type Trailing = "ignored" | "refused";

/**
 * Parses JSON without losing anything: a repeated key keeps its last value, half surrogate pairs become U+FFFD. Throws
 * SyntaxError, and MountError `budget_exceeded` for more than 100,000 values; neither quotes the input.
 */
export function parseGoJson(text: string, trailing: Trailing = "refused"): GoJson {
  const reader = new JsonReader(text);
  const value = reader.value();
  // Only after an object or a list is it sure where the value ends.
  if (
    !(trailing === "ignored" && value !== null && typeof value === "object" && !(value instanceof GoNumber)) &&
    !reader.ended
  ) {
    throw new SyntaxError("text after the value");
  }
  return value;
}

/**
 * Whether every number of a JSON text fits a float64, also one that a later key replaces: Go refuses the whole text otherwise
 * where it decodes numbers as such.
 */
export function numbersFit(text: string): boolean {
  const tokens = text.matchAll(/"(?:[^"\\]|\\[^])*"|-?[0-9][0-9.eE+-]*/gu);
  return tokens.every(([token]) => token.startsWith('"') || Number.isFinite(Number(token)));
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
