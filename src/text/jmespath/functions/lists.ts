import type { Tree } from "../../../model/outcome.ts";
import { added, original, type Call, type LanguageFunction } from "../call.ts";
import { codePoints, isList, isMap, mapOf, typeOf } from "../values.ts";

/** Functions of lists and maps, and of values of any type. */
export const listFunctions: Readonly<Record<string, LanguageFunction>> = {
  keys: original([1, 1], (call) => Object.keys(counted(call))),
  values: original([1, 1], (call) => Object.values(counted(call))),
  items: added([1, 1], (call) => {
    const map = counted(call);
    call.budget.items(3 * Object.keys(map).length);
    return Object.entries(map);
  }),
  from_items: added([1, 1], (call) => mapOf(call.each(0, "pairs of a string and a value", pairOf))),
  merge: original([1, Infinity], (call) => {
    const maps = call.values().map((_, position) => call.map(position));
    const entries = maps.flatMap((map) => {
      const own = Object.entries(map);
      call.budget.items(2 * own.length);
      return own;
    });
    return mapOf(entries);
  }),
  group_by: added([2, 2], groupBy, [1]),
  map: original(
    [2, 2],
    (call) => {
      const list = call.list(1);
      call.budget.items(list.length);
      return list.map(call.expression(0));
    },
    [0],
  ),
  length: original([1, 1], (call) => {
    const value = call.value(0);
    if (typeof value === "string") return codePoints(value, call.budget).length;
    if (isList(value)) return value.length;
    if (isMap(value)) return Object.keys(counted(call)).length;
    return call.fail(`argument 1 must be a string, an array or an object, and is ${typeOf(value)}`);
  }),
  not_null: original([1, Infinity], (call) => call.values().find((value) => value !== null) ?? null),
  reverse: original([1, 1], (call) => {
    const value = call.value(0);
    if (typeof value === "string") return codePoints(value, call.budget).toReversed().join("");
    if (!isList(value)) return call.fail(`argument 1 must be a string or an array, and is ${typeOf(value)}`);
    call.budget.items(value.length);
    return value.toReversed();
  }),
  to_array: original([1, 1], (call) => {
    const value = call.value(0);
    return isList(value) ? value : [value];
  }),
  type: original([1, 1], (call) => {
    const type = typeOf(call.value(0));
    return type === "bytes" ? "string" : type;
  }),
};

/** The map that a function is about to list. */
function counted(call: Call): Readonly<Record<string, Tree>> {
  const map = call.map(0);
  call.budget.items(Object.keys(map).length);
  return map;
}

function pairOf(item: Tree): readonly [string, Tree] | undefined {
  if (!isList(item) || item.length !== 2) return undefined;
  const [key, value = null] = item;
  return typeof key === "string" ? [key, value] : undefined;
}

function groupBy(call: Call): Tree {
  const key = call.expression(1);
  const groups = new Map<string, Tree[]>();
  for (const item of call.list(0)) {
    const name = key(item);
    if (typeof name !== "string") call.fail(`it groups by strings, and finds ${typeOf(name)}`);
    const group = groups.get(name) ?? [];
    call.budget.items(2);
    group.push(item);
    groups.set(name, group);
  }
  return mapOf(groups);
}
