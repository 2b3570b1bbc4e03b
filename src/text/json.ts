import { NumberText } from "../model/number-text.ts";
import type { Tree } from "../model/outcome.ts";

/** Deepest nesting of data. */
export const maxTreeDepth = 200;

/**
 * JSON as data: numbers that JavaScript would print in another way keep their text, maps have no prototype, so that
 * `__proto__` is a key like any other. Throws SyntaxError, whose text may quote the input, and RangeError for what nests
 * too deeply and for numbers out of a double's range.
 */
export function parseJson(text: string): Tree {
  const parsed: unknown = JSON.parse(text, reviveNumber);
  return copy(parsed, 0);
}

/** Node.js 22 and later hand the source of a number in. */
function reviveNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === "number" ? numberOf(context?.source ?? String(value), value) : value;
}

/**
 * A number as it stands in a document, which a reader took for `value`. Throws RangeError for one out of a double's
 * range.
 */
export function numberOf(source: string, value: number | bigint): number | bigint | NumberText {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("not finite");
  const whole = /^-?(?:0|[1-9][0-9]*)$/u.test(source) && source !== "-0";
  if (whole) return Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(source);
  if (source === String(value) && !source.includes("e")) return value;
  return new NumberText(source, exactly(value));
}

/** A whole number is a bigint only where a double would not do. */
function exactly(value: number | bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function copy(value: unknown, depth: number): Tree {
  if (depth > maxTreeDepth) throw new RangeError("too deep");
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
  if (value === null || typeof value === "boolean" || typeof value === "string" || typeof value === "bigint") {
    return value;
  }
  if (typeof value === "number" || value instanceof NumberText) return value;
  if (typeof value !== "object") throw new TypeError("not data");
  const map = Object.create(null) as Record<string, Tree>;
  for (const [key, item] of Object.entries(value)) map[key] = copy(item, depth + 1);
  return map;
}
