import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, Scalar, type Document } from "yaml";
import { yamlCostProblem } from "../yaml/check-cost.ts";
import { goBase64 } from "./base64.ts";
import { checkGoYamlText, checkQuoted } from "./yaml-check.ts";
import {
  GoYamlError,
  type GoList,
  type GoMap,
  type GoNode,
  type GoPlace,
  type GoScalar,
  type GoStyle,
} from "./yaml-node.ts";
import { yamlV3, type GoRules } from "./rules.ts";
import { scalarText } from "../yaml/nodes.ts";
import { yamlSentence } from "../yaml/yaml.ts";

/** Most nodes of a document, aliases counted as often as they are used. */
const mostNodes = 100_000;

/** Longest text that is parsed, in UTF-16 units. */
const longestText = 2 * 1024 * 1024;

const core = "tag:yaml.org,2002:";

/**
 * The first document of a YAML text as yaml.v3 3.0.1 decodes it: aliases followed, merge keys applied. Undefined when
 * there is none. Throws GoYamlError, whose message never quotes the text.
 */
export function parseGoYaml(text: string, rules: GoRules = yamlV3): GoNode | undefined {
  const start = { line: 1, column: 1 };
  // A carriage return ends a line for libyaml.
  const body = text.replace(/^\ufeff/u, "").replace(/\r(?!\n)/gu, "\n");
  if (body.length > longestText) throw new GoYamlError(`the text is longer than ${longestText} characters`, start);
  const costly = yamlCostProblem(body);
  if (costly !== undefined) throw new GoYamlError(costly, start);
  const lines = new LineCounter();
  const document = parseFirst(body, lines);
  checkGoYamlText(body);
  if (document?.contents === null || document?.contents === undefined) return undefined;
  return new Builder(body, lines, rules).build(document.contents);
}

function parseFirst(text: string, lines: LineCounter): Document.Parsed | undefined {
  const options = { schema: "failsafe", uniqueKeys: false, prettyErrors: false, lineCounter: lines } as const;
  const parsed = parseAllDocuments(text, options);
  const document = Array.isArray(parsed) ? parsed[0] : undefined;
  // Tabs are checked by libyaml's rules, which differ.
  const error = document?.errors.find(({ code }) => code !== "TAB_AS_INDENT");
  if (error !== undefined) throw new GoYamlError(yamlSentence(error.code), placeOf(error.pos[0], lines));
  const { version, explicit } = document?.directives.yaml ?? {};
  if (explicit === true && version !== "1.1") {
    throw new GoYamlError("the directive must be %YAML 1.1", { line: 1, column: 1 });
  }
  return document;
}

function placeOf(offset: number, lines: LineCounter): GoPlace {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

interface Anchored {
  /** Undefined while the node is being built: an alias to it would contain itself. */
  node?: GoNode;
  size: number;
}

/** Turns the parser's nodes into ours, in the order of the text, so that an alias means the last anchor before it. */
class Builder {
  readonly #text: string;
  readonly #lines: LineCounter;
  readonly #rules: GoRules;
  readonly #anchors = new Map<string, Anchored>();
  #nodes = 0;

  constructor(text: string, lines: LineCounter, rules: GoRules) {
    this.#text = text;
    this.#lines = lines;
    this.#rules = rules;
  }

  build(node: unknown, at: GoPlace = { line: 1, column: 1 }): GoNode {
    this.#count(1, at);
    if (isAlias(node)) return this.#follow(node.source, placeOf(node.range?.[0] ?? 0, this.#lines));
    if (!isScalar(node) && !isSeq(node) && !isMap(node)) {
      return {
        kind: "scalar",
        text: "",
        tag: "!!null",
        style: "plain",
        explicit: "",
        line: at.line,
        column: at.column,
      };
    }
    const place = placeOf(node.range?.[0] ?? 0, this.#lines);
    const anchored: Anchored = { size: 0 };
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, anchored);
    const before = this.#nodes;
    const built = isScalar(node)
      ? this.#scalar(node, place)
      : isSeq(node)
        ? this.#list(node.items, place)
        : this.#map(node.items, place);
    anchored.node = built;
    anchored.size = this.#nodes - before;
    return built;
  }

  #follow(name: string, place: GoPlace): GoNode {
    const anchored = this.#anchors.get(name);
    if (anchored === undefined) throw new GoYamlError("an alias has no anchor before it", place);
    if (anchored.node === undefined) throw new GoYamlError("an anchor contains an alias to itself", place);
    this.#count(anchored.size, place);
    return anchored.node;
  }

  #count(nodes: number, place: GoPlace): void {
    this.#nodes += nodes;
    if (this.#nodes > mostNodes) throw new GoYamlError("it has too many values, or too many aliases", place);
  }

  #scalar(node: Scalar, place: GoPlace): GoScalar {
    const [start = 0, end = 0, next = 0] = node.range ?? [];
    const text = this.#blockText(node, next, scalarText(node) ?? "");
    if (node.type === Scalar.QUOTE_DOUBLE) checkQuoted(this.#text.slice(start, end), place);
    const written = node.tag ?? "!";
    const style = styleOf(node);
    if (written === "!") {
      const tag = style === "plain" ? this.#rules.resolve(text).tag : "!!str";
      return { kind: "scalar", text, tag, style, explicit: "", ...place };
    }
    const tag = written.startsWith(core) ? `!!${written.slice(core.length)}` : written;
    checkTag(tag, text, place, this.#rules);
    return { kind: "scalar", text, tag, style, explicit: tag, ...place };
  }

  /** A block of text whose last line has no line break does not get one from libyaml. */
  #blockText({ type }: Scalar, end: number, text: string): string {
    const isBlock = type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED;
    if (!isBlock || end < this.#text.length || /(?:^|\n)\s*$/u.test(this.#text)) return text;
    return text.endsWith("\n") ? text.slice(0, -1) : text;
  }

  #list(items: readonly unknown[], place: GoPlace): GoList {
    return { kind: "list", items: items.map((item) => this.build(item, place)), ...place };
  }

  #map(pairs: readonly { readonly key: unknown; readonly value: unknown }[], place: GoPlace): GoMap {
    const entries: { key: GoNode; value: GoNode }[] = [];
    const seen = new Set<string>();
    let merged: GoNode | undefined;
    for (const pair of pairs) {
      const name = keyName(pair.key);
      const key = this.build(pair.key, place);
      const value = this.build(pair.value, key);
      if (seen.has(name)) {
        if (this.#rules.repeatedKeys === "refused") throw new GoYamlError("duplicate key", key);
        entries.splice(0, entries.length, ...entries.filter((entry) => nodeName(entry.key) !== nodeName(key)));
      }
      seen.add(name);
      if (isMerge(pair.key)) merged = value;
      else entries.push({ key, value });
    }
    return { kind: "map", entries: merged === undefined ? entries : withMerged(entries, merged), ...place };
  }
}

/** What two keys must differ in: their kind, and their text for scalars. */
function keyName(key: unknown): string {
  if (isAlias(key)) return `*${key.source}`;
  if (isScalar(key)) return `=${scalarText(key) ?? ""}`;
  return isSeq(key) ? "[" : isMap(key) ? "{" : "=";
}

function isMerge(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" && (key.tag === undefined || key.tag === `${core}merge`) && isPlain(key);
}

function styleOf({ type }: Scalar): GoStyle {
  if (type === Scalar.BLOCK_LITERAL) return "literal";
  if (type === Scalar.BLOCK_FOLDED) return "folded";
  return type === undefined || type === Scalar.PLAIN ? "plain" : "quoted";
}

function isPlain(node: Scalar): boolean {
  return node.type === undefined || node.type === Scalar.PLAIN;
}

/** Own keys win over merged ones, earlier merged maps over later. */
function withMerged(own: readonly { key: GoNode; value: GoNode }[], merged: GoNode): GoMap["entries"] {
  const maps = merged.kind === "list" ? merged.items : [merged];
  const seen = new Set(own.map(({ key }) => nodeName(key)));
  const more = maps.flatMap((map) => {
    if (map.kind !== "map") throw new GoYamlError("<< needs a map or a list of maps", map);
    return map.entries.filter(({ key }) => {
      const name = nodeName(key);
      return !seen.has(name) && seen.add(name).size > 0;
    });
  });
  return [...own, ...more];
}

function nodeName(key: GoNode): string {
  return key.kind === "scalar" ? `=${key.text}` : key.kind;
}

/** A tag that names a type must fit what is written. Throws GoYamlError. */
function checkTag(tag: string, text: string, place: GoPlace, rules: GoRules): void {
  if (tag === "!!binary" && goBase64(text) === undefined) throw new GoYamlError("!!binary is not base64", place);
  const typed = ["!!int", "!!float", "!!bool", "!!null", "!!timestamp"].includes(tag);
  const resolved = rules.resolve(text).tag;
  if (!typed || resolved === tag || (tag === "!!float" && resolved === "!!int")) return;
  throw new GoYamlError(`a value is not what its tag ${tag} says`, place);
}
