import { NumberText } from "../../model/number-text.ts";
import type { Tree } from "../../model/outcome.ts";
import type { Budget } from "./budget.ts";

/** A map of a document. */
export type TreeMap = Readonly<Record<string, Tree>>;

/** The language's name of a value's type; bytes are what no JSON has. */
export type TypeName = "null" | "boolean" | "number" | "string" | "bytes" | "array" | "object";

/** Deepest nesting of a value that an expression makes or compares. */
export const maxValueDepth = 200;

export function isList(value: Tree): value is readonly Tree[] {
  return Array.isArray(value);
}

export function isMap(value: Tree): value is TreeMap {
  return typeOf(value) === "object";
}

/** The language's name of a value's type. */
export function typeOf(value: Tree): TypeName {
  if (value === null) return "null";
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "boolean";
    case "number":
    case "bigint":
      return "number";
    default:
      if (Array.isArray(value)) return "array";
      if (value instanceof NumberText) return "number";
      return ArrayBuffer.isView(value) ? "bytes" : "object";
  }
}

/** A key of a map; null for anything that has no such key. Keys such as `__proto__` are data like any other. */
export function fieldOf(value: Tree, name: string): Tree {
  return isMap(value) && Object.hasOwn(value, name) ? (value[name] ?? null) : null;
}

/** A map that has no prototype. */
export function mapOf(entries: Iterable<readonly [string, Tree]>): Tree {
  const map = Object.create(null) as Record<string, Tree>;
  for (const [key, value] of entries) map[key] = value;
  return map;
}

/** What a number is calculated with; undefined for anything else. */
export function numeric(value: Tree): number | bigint | undefined {
  if (typeof value === "number" || typeof value === "bigint") return value;
  return value instanceof NumberText ? value.value : undefined;
}

/** Null, false and everything empty. */
export function isFalse(value: Tree): boolean {
  if (value === null || value === false || value === "") return true;
  if (isList(value)) return value.length === 0;
  if (ArrayBuffer.isView(value)) return value.byteLength === 0;
  return isMap(value) && isEmpty(value);
}

function isEmpty(map: TreeMap): boolean {
  for (const key in map) if (Object.hasOwn(map, key)) return false;
  return true;
}

/** Whether two values are the same data; numbers by value, however they are written. Throws BudgetSpent. */
export function isEqual(left: Tree, right: Tree, budget: Budget): boolean {
  budget.step();
  const [one, other] = [numeric(left), numeric(right)];
  // Loosely: a bigint and a number may be the same number.
  if (one !== undefined && other !== undefined) return one == other;
  if (typeof left === "string" && typeof right === "string") {
    budget.scan(left.length);
    return left === right;
  }
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, at) => isEqual(item, right[at] ?? null, budget));
  }
  if (isMap(left) && isMap(right)) return isEqualMap(left, right, budget);
  if (ArrayBuffer.isView(left) && ArrayBuffer.isView(right)) {
    budget.scan(left.byteLength);
    return Buffer.compare(left, right) === 0;
  }
  return left === right;
}

function isEqualMap(left: TreeMap, right: TreeMap, budget: Budget): boolean {
  const keys = Object.keys(left);
  budget.step(keys.length);
  if (Object.keys(right).length !== keys.length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key] ?? null, right[key] ?? null, budget));
}

/** Less than 0, 0 or more than 0, by Unicode code points. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const [one, other] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (one !== other) return rank(one) - rank(other);
  }
  return left.length - right.length;
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** The characters of a text as a reader counts them: code points. */
export function codePoints(text: string, budget: Budget): readonly string[] {
  budget.items(text.length);
  budget.step(text.length);
  return Array.from(text);
}
