import { coreValue } from "./core-scalar.ts";
import { follow } from "./nodes.ts";
import type { YamlNode } from "./syntax/node.ts";

/** Plain data: maps with any keys, lists, and scalars by the core schema of YAML 1.2. */
export type YamlData =
  null | boolean | bigint | number | string | readonly YamlData[] | ReadonlyMap<YamlData, YamlData>;

/** A node as plain data, aliases followed. A key that repeats has its last value. */
export function dataOf(node: YamlNode): YamlData {
  const content = follow(node);
  if (content.kind === "scalar") return coreValue(content);
  if (content.kind === "list") return content.items.map(dataOf);
  return new Map(content.pairs.map(({ key, value }) => [dataOf(key), dataOf(value)]));
}
