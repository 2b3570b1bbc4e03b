import type { YamlMap, YamlNode, YamlScalar } from "../yaml/syntax/node.ts";
import type { ScalarStyle } from "../yaml/syntax/token.ts";
import { goBase64 } from "./base64.ts";
import type { GoRules } from "./rules.ts";
import { GoYamlError, type GoMap, type GoNode, type GoPlace, type GoScalar, type GoStyle } from "./yaml-node.ts";

/** Most nodes of a document, aliases counted as often as they are used. */
const mostNodes = 100_000;

type Entry = GoMap["entries"][number];

/** Turns a document into what Go decodes: aliases followed, merge keys applied, scalars resolved. */
export class GoTree {
  readonly #rules: GoRules;
  /** What an anchored node became, and how many nodes it counts. */
  readonly #built = new Map<YamlNode, { readonly node: GoNode; readonly size: number }>();
  #nodes = 0;

  constructor(rules: GoRules) {
    this.#rules = rules;
  }

  /** Throws GoYamlError for what Go's decoder refuses. */
  build(node: YamlNode): GoNode {
    if (node.kind === "alias") return this.#follow(node.target, placeOf(node));
    this.#count(1, placeOf(node));
    const before = this.#nodes;
    const built =
      node.kind === "scalar" ? this.#scalar(node) : node.kind === "map" ? this.#map(node) : this.#list(node);
    this.#built.set(node, { node: built, size: this.#nodes - before + 1 });
    return built;
  }

  #follow(target: YamlNode, place: GoPlace): GoNode {
    const known = this.#built.get(target);
    if (known === undefined) return this.build(target);
    this.#count(known.size, place);
    return known.node;
  }

  #count(nodes: number, place: GoPlace): void {
    this.#nodes += nodes;
    if (this.#nodes > mostNodes) throw new GoYamlError("it has too many values, or too many aliases", place);
  }

  #list(node: YamlNode & { readonly kind: "list" }): GoNode {
    return { kind: "list", items: node.items.map((item) => this.build(item)), ...placeOf(node) };
  }

  #scalar(node: YamlScalar): GoScalar {
    const { text } = node;
    const style = styles[node.style];
    const place = placeOf(node);
    if (node.tag === "" || node.tag === "!") {
      const tag = style === "plain" ? this.#rules.resolve(text).tag : "!!str";
      return { kind: "scalar", text, tag, style, explicit: "", ...place };
    }
    checkTag(node.tag, text, place, this.#rules);
    return { kind: "scalar", text, tag: node.tag, style, explicit: node.tag, ...place };
  }

  #map(node: YamlMap): GoMap {
    const place = placeOf(node);
    const entries = this.#rules.repeatedKeys === "refused" ? this.#exact(node) : this.#lastWins(node);
    return { kind: "map", entries, ...place };
  }

  /** yaml.v3: no key repeats, own keys win over merged ones wherever they stand. */
  #exact(node: YamlMap): readonly Entry[] {
    const entries: Entry[] = [];
    const seen = new Set<string>();
    let merged: readonly GoMap[] = [];
    for (const { key, value } of node.pairs) {
      const name = writtenName(key);
      if (seen.has(name)) throw new GoYamlError("duplicate key", placeOf(key));
      seen.add(name);
      if (isMerge(key)) merged = this.#merged(value);
      else entries.push({ key: this.build(key), value: this.build(value) });
    }
    const names = new Set(entries.map(({ key }) => builtName(key)));
    for (const entry of merged.flatMap((map) => map.entries)) {
      const name = builtName(entry.key);
      if (!names.has(name)) entries.push(entry);
      names.add(name);
    }
    return entries;
  }

  /** yaml.v2: in the order of the text, the later wins, merged maps where their key stands. */
  #lastWins(node: YamlMap): readonly Entry[] {
    const entries = new Map<string, Entry>();
    for (const { key, value } of node.pairs) {
      const added = isMerge(key)
        ? this.#merged(value).toReversed().flatMap((map) => map.entries) // prettier-ignore
        : [{ key: this.#key(key), value: this.build(value) }];
      for (const entry of added) entries.set(builtName(entry.key), entry);
    }
    return [...entries.values()];
  }

  #key(node: YamlNode): GoNode {
    const key = this.build(node);
    if (this.#rules.keys === "any" || (key.kind === "scalar" && key.tag !== "!!null")) return key;
    throw new GoYamlError("a key is no text, number or boolean", key);
  }

  #merged(value: YamlNode): readonly GoMap[] {
    const nodes = value.kind === "list" ? value.items : [value];
    return nodes.map((node) => {
      const map = (node.kind === "alias" ? node.target : node).kind === "map" ? this.build(node) : undefined;
      if (map?.kind !== "map") throw new GoYamlError("<< needs a map or a list of maps", placeOf(node));
      return map;
    });
  }
}

const styles: Readonly<Record<ScalarStyle, GoStyle>> = {
  plain: "plain",
  single: "quoted",
  double: "quoted",
  literal: "literal",
  folded: "folded",
};

function placeOf({ start }: YamlNode): GoPlace {
  return { line: start.line + 1, column: start.column + 1 };
}

function isMerge(key: YamlNode): boolean {
  if (key.kind !== "scalar" || key.text !== "<<") return false;
  return key.tag === "!!merge" || (key.style === "plain" && (key.tag === "" || key.tag === "!"));
}

/** What two keys of yaml.v3 must differ in: their kind, and their text for scalars. */
function writtenName(key: YamlNode): string {
  if (key.kind === "alias") return `*${key.name}`;
  return key.kind === "scalar" ? `=${key.text}` : key.kind;
}

function builtName(key: GoNode): string {
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
