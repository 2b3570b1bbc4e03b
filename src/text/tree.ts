import type { Tree } from "../model/outcome.ts";
import { maxTreeDepth, numberOf, parseJson } from "./json.ts";
import { coreValue } from "./yaml/core-scalar.ts";
import { follow, pairsOf } from "./yaml/nodes.ts";
import type { YamlNode, YamlScalar } from "./yaml/syntax/node.ts";
import { documentsWithContent, readYaml } from "./yaml/yaml.ts";

/**
 * Content as data: JSON, else one YAML 1.2 document (no tags, no merge keys). Numbers keep the text that they have there.
 * Maps have no prototype, so that `__proto__` is a key like any other. Undefined when the bytes are neither, are not
 * UTF-8, repeat a YAML key, or nest deeper than 200 (YAML: 64).
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
  const [document, another] = documentsWithContent(documents);
  if (problems.length > 0 || another !== undefined || document === undefined) return undefined;
  return treeOfYaml(document.root, new Map());
}

/**
 * A YAML document as data, by the core schema of YAML 1.2; `replaced` holds scalars of it that stand for other values.
 * Undefined when keys repeat or are no texts, or when it nests too deeply.
 */
export function treeOfYaml(root: YamlNode, replaced: ReadonlyMap<YamlNode, string | Uint8Array>): Tree | undefined {
  try {
    return build(root, replaced, 0);
  } catch {
    return undefined;
  }
}

function build(node: YamlNode, replaced: ReadonlyMap<YamlNode, string | Uint8Array>, depth: number): Tree {
  if (depth > maxTreeDepth) throw new RangeError("too deep");
  const value = follow(node);
  if (value.kind === "list") return value.items.map((item) => build(item, replaced, depth + 1));
  if (value.kind === "scalar") return replaced.get(value) ?? scalar(value);
  const entries = pairsOf(value).map((pair) => {
    const key = replaced.get(follow(pair.node)) ?? pair.key;
    if (typeof key !== "string") throw new TypeError("keys");
    return [key, build(pair.value, replaced, depth + 1)] as const;
  });
  if (new Set(entries.map(([key]) => key)).size !== entries.length) throw new TypeError("keys");
  return mapOf(entries);
}

function scalar(node: YamlScalar): Tree {
  const value = coreValue(node);
  return typeof value === "bigint" || typeof value === "number" ? numberOf(node.text, value) : value;
}
