import { isMap, isScalar, isSeq, type Document, type Scalar } from "yaml";
import type { Tree } from "../model/outcome.ts";
import { maxTreeDepth, numberOf, parseJson } from "./json.ts";
import { Nodes, pairsOf } from "./yaml/nodes.ts";
import { readYaml } from "./yaml/yaml.ts";

/** Deepest nesting and most nodes of a tree, aliases counted as often as they are used. */
const limits = { depth: maxTreeDepth, nodes: 1_000_000 };

/**
 * Content as data: JSON, else one YAML 1.2 document (no tags, no merge keys). Numbers keep the text that they have there.
 * Maps have no prototype, so that `__proto__` is a key like any other. Undefined when the bytes are neither, are not
 * UTF-8, repeat a YAML key, or nest deeper than 200.
 */
export function parseTree(bytes: Uint8Array): Tree | undefined {
  const text = utf8Text(bytes);
  if (text === undefined) return undefined;
  try {
    return readJson(text) ?? parseYaml(text);
  } catch {
    return undefined;
  }
}

/** The bytes as text; undefined when they are not UTF-8. A byte order mark is dropped. */
function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Undefined when it is not JSON; JSON's own `null` falls through to YAML, which says the same. */
function readJson(text: string): Tree | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** A map without a prototype. */
function mapOf(entries: Iterable<readonly [string, Tree]>): Tree {
  const map = Object.create(null) as Record<string, Tree>;
  for (const [key, value] of entries) map[key] = value;
  return map;
}

function parseYaml(text: string): Tree | undefined {
  const { documents, problems } = readYaml(text, "core");
  const [document] = documents;
  if (problems.length > 0 || documents.length !== 1 || document === undefined) return undefined;
  return treeOfYaml(document, new Map());
}

/**
 * A YAML document, read with the `core` schema, as data; `replaced` holds scalar nodes of it that stand for other
 * values. Undefined when keys repeat or are no texts, or when it nests too deeply or follows too many aliases.
 */
export function treeOfYaml(
  document: Document.Parsed,
  replaced: ReadonlyMap<unknown, string | Uint8Array>,
): Tree | undefined {
  const nodes = new Nodes(document);
  try {
    const tree = build(document.contents, { nodes, replaced, left: limits.nodes }, 0);
    return nodes.exhausted ? undefined : tree;
  } catch {
    return undefined;
  }
}

interface Building {
  readonly nodes: Nodes;
  readonly replaced: ReadonlyMap<unknown, string | Uint8Array>;
  left: number;
}

function build(node: unknown, building: Building, depth: number): Tree {
  building.left -= 1;
  if (depth > limits.depth || building.left < 0) throw new RangeError("too large");
  const value = building.nodes.resolve(node);
  if (isSeq(value)) return value.items.map((item) => build(item, building, depth + 1));
  if (isMap(value)) {
    const pairs = pairsOf(value).map((pair) => ({ ...pair, key: building.replaced.get(pair.node) ?? pair.key }));
    const entries = pairs.map(({ key, value: item }) => {
      if (typeof key !== "string") throw new TypeError("keys");
      return [key, build(item, building, depth + 1)] as const;
    });
    if (new Set(entries.map(([key]) => key)).size !== entries.length) throw new TypeError("keys");
    return mapOf(entries);
  }
  return isScalar(value) ? (building.replaced.get(value) ?? scalar(value)) : null;
}

function scalar({ value, source }: Scalar): Tree {
  if (typeof value === "bigint" || typeof value === "number") return numberOf(source ?? String(value), value);
  return typeof value === "string" || typeof value === "boolean" ? value : null;
}
