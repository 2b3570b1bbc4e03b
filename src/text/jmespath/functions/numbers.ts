import type { Tree } from "../../../model/outcome.ts";
import { added, original, type Call, type LanguageFunction } from "../call.ts";
import { exact, finite } from "../calculate.ts";
import { compareText, numeric } from "../values.ts";

/** Functions of numbers, and the least and greatest of a list. */
export const numberFunctions: Readonly<Record<string, LanguageFunction>> = {
  abs: original([1, 1], (call) => {
    const number = call.number(0);
    return number < 0 ? -number : call.value(0);
  }),
  ceil: original([1, 1], (call) => rounded(call, Math.ceil)),
  floor: original([1, 1], (call) => rounded(call, Math.floor)),
  avg: original([1, 1], (call) => {
    const numbers = doubles(call);
    return numbers.length === 0 ? null : finite(total(numbers) / numbers.length, call.at);
  }),
  sum: original([1, 1], (call) => finite(total(doubles(call)), call.at)),
  max: original([1, 1], (call) => extreme(call, 1)),
  min: original([1, 1], (call) => extreme(call, -1)),
  max_by: original([2, 2], (call) => extremeBy(call, 1), [1]),
  min_by: original([2, 2], (call) => extremeBy(call, -1), [1]),
  to_number: original([1, 1], (call) => {
    const value = call.value(0);
    if (numeric(value) !== undefined) return value;
    if (typeof value !== "string") return null;
    call.budget.scan(value.length);
    return call.edition.number(value) ?? null;
  }),
  sort: original([1, 1], (call) => {
    const list = call.list(0);
    return ordered(list, keysOf(call, list), call);
  }),
  sort_by: original(
    [2, 2],
    (call) => {
      const list = call.list(0);
      return ordered(list, keysOf(call, list.map(call.expression(1))), call);
    },
    [1],
  ),
  zip: added([1, Infinity], (call) => {
    const lists = call.values().map((_, position) => call.list(position));
    const length = Math.min(...lists.map((list) => list.length));
    call.budget.items(length * (lists.length + 2));
    return Array.from({ length }, (_, at) => lists.map((list) => list[at] ?? null));
  }),
};

function rounded(call: Call, round: (value: number) => number): Tree {
  const number = call.number(0);
  return typeof number === "bigint" || Number.isInteger(number) ? call.value(0) : round(number);
}

function doubles(call: Call): readonly number[] {
  return call.each(0, "numbers", numeric).map((number) => exact(number, call.at));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** What lists are ordered by: texts, or numbers. */
type Keys = readonly string[] | readonly (number | bigint)[];

function keysOf(call: Call, values: readonly Tree[]): Keys {
  const [first] = values;
  call.budget.items(values.length);
  const [texts, numbers]: [string[], (number | bigint)[]] = [[], []];
  for (const value of values) {
    const number = numeric(value);
    if (typeof value === "string" && typeof first === "string") texts.push(value);
    else if (number !== undefined && typeof first !== "string") numbers.push(number);
    else call.fail("it orders strings alone or numbers alone, and finds something else");
  }
  return typeof first === "string" ? texts : numbers;
}

function compareAt(keys: Keys, left: number, right: number): number {
  const [one = 0, other = 0] = [keys[left], keys[right]];
  if (typeof one === "string" && typeof other === "string") return compareText(one, other);
  return one < other ? -1 : Number(one > other);
}

/** Charges so many comparisons of keys at their longest. */
function charge({ budget }: Call, keys: Keys, comparisons: number): void {
  const characters = keys.reduce<number>((sum, key) => sum + (typeof key === "string" ? key.length : 0), 0);
  budget.step(comparisons);
  budget.scan(keys.length === 0 ? 0 : 8 * comparisons * (characters / keys.length));
}

function ordered(list: readonly Tree[], keys: Keys, call: Call): readonly Tree[] {
  charge(call, keys, list.length * Math.ceil(Math.log2(list.length + 2)));
  const places = [...list.keys()].sort((left, right) => compareAt(keys, left, right));
  return places.map((place) => list[place] ?? null);
}

function extreme(call: Call, sign: 1 | -1): Tree {
  const list = call.list(0);
  return extremeOf(call, list, keysOf(call, list), sign);
}

function extremeBy(call: Call, sign: 1 | -1): Tree {
  const list = call.list(0);
  return extremeOf(call, list, keysOf(call, list.map(call.expression(1))), sign);
}

/** The first of the greatest, or of the least. */
function extremeOf(call: Call, list: readonly Tree[], keys: Keys, sign: 1 | -1): Tree {
  charge(call, keys, list.length);
  const best = [...list.keys()].reduce((found, place) => (compareAt(keys, place, found) * sign > 0 ? place : found), 0);
  return list[best] ?? null;
}
