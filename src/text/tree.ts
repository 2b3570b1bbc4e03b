import { isMap, isScalar, isSeq, type Document } from "yaml";
import type { Tree } from "../model/outcome.ts";
import { Nodes, pairsOf } from "./yaml/nodes.ts";
import { readYaml } from "./yaml/yaml.ts";

/** Deepest nesting and most nodes of a tree, aliases counted as often as they are used. */
const limits = { depth: 200, nodes: 1_000_000 };

/**
 * Content as data: JSON, else one YAML 1.2 document (no tags, no merge keys). Whole numbers beyond 2^53 become bigint.
 * Maps have no prototype, so that `__proto__` is a key like any other. Undefined when the bytes are neither, are not
 * UTF-8, repeat a YAML key, or nest deeper than 200.
 */
export function parseTree(bytes: Uint8Array): Tree | undefined {
  const text = utf8Text(bytes);
  if (text === undefined) return undefined;
  try {
    return parseJson(text) ?? parseYaml(text);
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
function parseJson(text: string): Tree | undefined {
  try {
    const parsed: unknown = JSON.parse(text, reviveNumber);
    return copy(parsed, 0);
  } catch {
    return undefined;
  }
}

/** Node.js 22 and later hand the source of a number in. */
function reviveNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/u.test(source) ? BigInt(source) : value;
}

function copy(value: unknown, depth: number): Tree {
  if (depth > limits.depth) throw new RangeError("too deep");
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
  if (value === null || typeof value === "boolean" || typeof value === "string" || typeof value === "bigint") {
    return value;
  }
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "object") throw new TypeError("not data");
  return mapOf(Object.entries(value).map(([key, item]) => [key, copy(item, depth + 1)] as const));
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
  return isScalar(value) ? (building.replaced.get(value) ?? scalar(value.value)) : null;
}

function scalar(value: unknown): Tree {
  if (typeof value === "bigint") return safe(value) ? Number(value) : value;
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("not finite");
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return null;
}

function safe(value: bigint): boolean {
  return Number.isSafeInteger(Number(value));
}
