import { Composer, isAlias, isMap, isScalar, isSeq, LineCounter, Parser, Scalar as YamlScalar } from "yaml";
import type { Alias, CST, YAMLMap } from "yaml";
import { claimKey, createBudget, invalid, type Budget } from "../budget.ts";
import { limits } from "../limits.ts";
import { entryOf, type Entry, type MapNode, type Node, type ParsedText, type Scalar } from "../node.ts";
import { resolvePlain } from "../scalar.ts";
import { textOrBytes } from "../value.ts";
import { checkedTokens } from "./yaml-tokens.ts";
import { yamlSentence } from "../../../text/yaml/yaml.ts";

/** One or more YAML documents. Throws MountError `document_invalid`, with the line where the library knows it. */
export function parseYaml(text: string): ParsedText {
  const budget = createBudget();
  const aliased = createBudget(limits.aliased);
  const documents = parsedDocuments(text).map((contents) => {
    if (contents === null || (isScalar(contents) && scalarOf(contents).kind === "null")) return empty;
    const node = readNode(contents, { budget, aliased, anchors: new Map() }, 0);
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
  /** Finished nodes only, so that an alias inside its own anchor finds nothing. */
  readonly anchors: Map<string, Node>;
}

/** The library's schema is told to know nothing: what a scalar means is decided here, from its own text. */
function parsedDocuments(text: string): unknown[] {
  const lineCounter = new LineCounter();
  // Without prettyErrors: it would copy the text around each of possibly very many errors.
  const options = { schema: "failsafe", merge: false, uniqueKeys: false, prettyErrors: false, lineCounter } as const;
  return [...new Composer(options).compose(parsedTokens(text, lineCounter))].map((document) => {
    const problem = document.errors[0];
    if (problem === undefined) return document.contents;
    throw invalid(
      `it is not valid YAML at line ${lineCounter.linePos(problem.pos[0]).line}: ${yamlSentence(problem.code)}`,
    );
  });
}

/** As the library's own `parseAllDocuments`, but with each token checked before the parser sees it. */
function* parsedTokens(text: string, { addNewLine }: LineCounter): Generator<CST.Token> {
  const parser = new Parser(addNewLine);
  addNewLine(0);
  for (const token of checkedTokens(text)) yield* parser.next(token);
  yield* parser.end();
}

function readNode(yaml: unknown, reading: Reading, depth: number): Node {
  reading.budget.spend(depth);
  if (isAlias(yaml)) return expanded(yaml, reading, depth);
  const node = contentOf(yaml, reading, depth);
  const anchor = (isMap(yaml) || isSeq(yaml) || isScalar(yaml)) && yaml.anchor;
  if (typeof anchor === "string") reading.anchors.set(anchor, node);
  return node;
}

function contentOf(yaml: unknown, reading: Reading, depth: number): Node {
  if (yaml === null) return { kind: "null" };
  if (isScalar(yaml)) return scalarOf(yaml);
  if (isMap(yaml)) return { kind: "map", entries: entriesOf(yaml, reading, depth) };
  if (!isSeq(yaml)) throw invalid("it holds YAML of an unknown form");
  return { kind: "list", items: yaml.items.map((item) => readNode(item, reading, depth + 1)) };
}

function entriesOf(map: YAMLMap, reading: Reading, depth: number): Entry[] {
  const seen = new Set<string>();
  return map.items.map((pair) => {
    const { key, merge } = keyOf(pair.key);
    claimKey(seen, key);
    const value = readNode(pair.value, reading, depth + 1);
    return merge ? { key, merge, value } : { key, value };
  });
}

function keyOf(yaml: unknown): { readonly key: string; readonly merge: boolean } {
  if (!isScalar(yaml)) throw invalid("a key in it is not a text; write it in quotes");
  const text = yaml.source ?? "";
  const plain = yaml.type === YamlScalar.PLAIN;
  if (text === "<<" && (yaml.tag === "tag:yaml.org,2002:merge" || (plain && yaml.tag === undefined))) {
    return { key: text, merge: true };
  }
  const scalar = scalarOf(yaml);
  return scalar.kind === "text"
    ? { key: scalar.text, merge: false }
    : reject("a key in it is not a text; write it in quotes");
}

/** The same node again; each use is paid for, since every one of them is decrypted on its own. */
function expanded(alias: Alias, reading: Reading, depth: number): Node {
  const node = reading.anchors.get(alias.source) ?? reject("it has an alias without a finished anchor before it");
  spendAll(node, reading.aliased, depth);
  return node;
}

function spendAll(node: Node, budget: Budget, depth: number): void {
  budget.spend(depth);
  if (node.kind === "map") for (const { value } of node.entries) spendAll(value, budget, depth + 1);
  if (node.kind === "list") for (const item of node.items) spendAll(item, budget, depth + 1);
}

function scalarOf(scalar: YamlScalar): Scalar {
  const text = scalar.source ?? "";
  const tag = scalar.tag?.replace("tag:yaml.org,2002:", "!!");
  if (tag === "!!binary") return textOrBytes(Buffer.from(text.replace(/\s/g, ""), "base64"));
  if (tag === undefined) return scalar.type === YamlScalar.PLAIN ? resolvePlain(text) : { kind: "text", text };
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
