import { goBase64 } from "../../../text/go/base64.ts";
import { goYaml, parseYamlDocuments, type YamlOptions } from "../../../text/yaml/syntax/parser.ts";
import { YamlSyntaxError } from "../../../text/yaml/syntax/cursor.ts";
import type { YamlAlias, YamlMap, YamlNode, YamlScalar } from "../../../text/yaml/syntax/node.ts";
import { claimKey, createBudget, invalid, type Budget } from "../budget.ts";
import { limits } from "../limits.ts";
import { entryOf, type Entry, type MapNode, type Node, type ParsedText, type Scalar } from "../node.ts";
import { resolvePlain } from "../scalar.ts";
import { textOrBytes } from "../value.ts";

/** One or more YAML documents. Throws MountError `document_invalid`, with the line. */
export function parseYaml(text: string): ParsedText {
  const reading = { budget: createBudget(), aliased: createBudget(limits.aliased), nodes: new Map<YamlNode, Node>() };
  const documents = parsedDocuments(text).map((root) => {
    if (root.kind === "scalar" && scalarOf(root).kind === "null") return empty;
    const node = readNode(root, reading, 0);
    return node.kind === "map" ? node : reject("a YAML document in it is not a map");
  });
  const metadata = entryOf(documents[0] ?? empty, "sops");
  return {
    documents: documents.map(({ entries }) => ({ kind: "map", entries: entries.filter(({ key }) => key !== "sops") })),
    metadata: metadata?.kind === "map" ? metadata : undefined,
    reserved: documents.some((document) => entryOf(document, "sops") !== undefined),
  };
}

const empty: MapNode = { kind: "map", entries: [] };

interface Reading {
  readonly budget: Budget;
  readonly aliased: Budget;
  /** What a node that was read became, for aliases to it. */
  readonly nodes: Map<YamlNode, Node>;
}

/** As go-yaml reads them, which the original program is built on; JSON's escapes are fine, too. */
const options: YamlOptions = { ...goYaml, tokens: limits.tokens, depth: limits.depth, escapes: "json" };

function parsedDocuments(text: string): YamlNode[] {
  try {
    return Array.from(parseYamlDocuments(text, options), ({ root }) => root);
  } catch (thrown) {
    if (!(thrown instanceof YamlSyntaxError)) throw thrown;
    throw invalid(`it is not valid YAML at line ${thrown.line}: ${thrown.message}`);
  }
}

function readNode(yaml: YamlNode, reading: Reading, depth: number): Node {
  reading.budget.spend(depth);
  if (yaml.kind === "alias") return expanded(yaml, reading, depth);
  const node = contentOf(yaml, reading, depth);
  reading.nodes.set(yaml, node);
  return node;
}

function contentOf(yaml: Exclude<YamlNode, YamlAlias>, reading: Reading, depth: number): Node {
  if (yaml.kind === "scalar") return scalarOf(yaml);
  if (yaml.kind === "map") return { kind: "map", entries: entriesOf(yaml, reading, depth) };
  return { kind: "list", items: yaml.items.map((item) => readNode(item, reading, depth + 1)) };
}

function entriesOf(map: YamlMap, reading: Reading, depth: number): Entry[] {
  const seen = new Set<string>();
  return map.pairs.map((pair) => {
    const { key, merge } = keyOf(pair.key);
    claimKey(seen, key);
    const value = readNode(pair.value, reading, depth + 1);
    return merge ? { key, merge, value } : { key, value };
  });
}

function keyOf(yaml: YamlNode): { readonly key: string; readonly merge: boolean } {
  if (yaml.kind !== "scalar") throw invalid("a key in it is not a text; write it in quotes");
  const { text, style, tag } = yaml;
  if (text === "<<" && (tag === "!!merge" || (style === "plain" && tag === ""))) return { key: text, merge: true };
  const scalar = scalarOf(yaml);
  return scalar.kind === "text"
    ? { key: scalar.text, merge: false }
    : reject("a key in it is not a text; write it in quotes");
}

/** The same node again; each use is paid for, since every one of them is decrypted on its own. */
function expanded(alias: YamlAlias, reading: Reading, depth: number): Node {
  const node = reading.nodes.get(alias.target) ?? contentOf(alias.target, reading, depth);
  spendAll(node, reading.aliased, depth);
  return node;
}

function spendAll(node: Node, budget: Budget, depth: number): void {
  budget.spend(depth);
  if (node.kind === "map") for (const { value } of node.entries) spendAll(value, budget, depth + 1);
  if (node.kind === "list") for (const item of node.items) spendAll(item, budget, depth + 1);
}

function scalarOf({ text, style, tag }: YamlScalar): Scalar {
  if (tag === "!!binary")
    return textOrBytes(goBase64(text) ?? reject("a value in it is tagged !!binary and no base64"));
  if (tag === "" || tag === "!") return style === "plain" ? resolvePlain(text) : { kind: "text", text };
  const kind = taggedKinds.get(tag);
  if (kind === undefined) return { kind: "text", text };
  const resolved = resolvePlain(text);
  if (resolved.kind === kind) return resolved;
  const whole = resolved.kind === "int" && kind === "float";
  return whole ? { kind: "float", value: Number(resolved.value) } : reject("a value in it does not fit its tag");
}

/** Tags that decide how a scalar is read; any other makes it a text. */
const taggedKinds = new Map<string, Scalar["kind"]>([
  ["!!int", "int"],
  ["!!float", "float"],
  ["!!bool", "bool"],
  ["!!null", "null"],
  ["!!timestamp", "time"],
]);

function reject(problem: string): never {
  throw invalid(problem);
}
