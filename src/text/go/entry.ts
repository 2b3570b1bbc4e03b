import type { IssueSink, Place } from "../../model/issue.ts";
import type { Reason } from "../../model/reasons.ts";
import { nearest } from "../nearest.ts";
import type { GoRules } from "./rules.ts";
import { isGoNull, type GoMap, type GoNode, type GoPlace } from "./yaml-node.ts";
import { goBoolean, goInteger } from "./yaml-values.ts";

/** What an entry is read with. */
export interface EntrySource {
  readonly issues: IssueSink;
  readonly rules: GoRules;
  /** Where a place of the entry's own text is in the parameter. */
  locate(place: GoPlace): { readonly line: number; readonly column?: number };
}

/** A field that no method asked for: the Go program ignores it. */
export interface IgnoredField {
  readonly name: string;
  /** The field asked for whose name is nearest; undefined where none is near. */
  readonly meant: string | undefined;
  readonly place: Place;
}

/** A field of an entry that is a map of texts. */
export interface TextPair {
  readonly name: string;
  readonly text: string;
  /** Of the name. */
  readonly place: Place;
}

/**
 * One entry of a list, read field by field as Go decodes a map into a struct: what is absent or null is the type's zero,
 * what does not fit is an issue and then zero. An entry that is no map has no fields.
 */
export class GoEntry {
  readonly #node: GoNode;
  readonly #source: EntrySource;
  readonly #asked = new Set<string>();
  #place: Place;
  #problems = 0;

  constructor(node: GoNode, place: Place, source: EntrySource) {
    this.#node = node;
    this.#place = place;
    this.#source = source;
    const odd = mapEntries(node).find(({ key }) => key.kind !== "scalar");
    if (odd === undefined) return;
    const at = { ...place, ...source.locate(odd.key) };
    const issue = { problem: "a key of it is a list or a map", fix: "write one name for each field" };
    this.#add({ reason: "parameter_invalid", place: at, ...issue });
  }

  /** Zero-based position in the list. */
  get index(): number {
    return this.#place.index ?? 0;
  }

  /** How many issues there are of this entry and of what is inside it. */
  get problems(): number {
    return this.#problems;
  }

  /** Where the entry starts, for issues about the whole of it. */
  get place(): Place {
    return { ...this.#place, ...this.#source.locate(this.#node) };
  }

  /** Where a field is, or the entry where the field is absent. */
  placeOf(field: string): Place {
    return { ...this.#place, field, ...this.#source.locate(this.#find(field) ?? this.#node) };
  }

  /** Later issues say the name of the entry, unless it is empty. */
  setName(name: string): void {
    if (name !== "") this.#place = { ...this.#place, name };
  }

  /** The value as it was written; undefined for a field that is absent or null. */
  node(field: string): GoNode | undefined {
    this.#asked.add(field);
    const found = this.#find(field);
    return found === undefined || isGoNull(found) ? undefined : found;
  }

  /** A string field; empty when absent or null. */
  text(field: string): string {
    const node = this.node(field);
    const text = node === undefined ? "" : this.#source.rules.text(node);
    // Where several spellings set one field, none of them may be of another type.
    const others = this.#spellings(field).every((one) => this.#source.rules.text(one) !== undefined);
    if (text === undefined || !others) this.refuse(field, "it is a list or a map", "write one text");
    return text ?? "";
  }

  /** An integer field of this range, by the rules of yaml.v3: undefined when absent, null, or refused with this fix. */
  integer(field: string, range: { readonly min: bigint; readonly max: bigint }, fix: string): number | undefined {
    const node = this.node(field);
    if (node === undefined) return undefined;
    const value = goInteger(node, range);
    if (value === undefined) this.refuse(field, "it is not a number", fix);
    return value === undefined ? undefined : Number(value);
  }

  /** A boolean field by the rules of yaml.v3; false when absent, null, or refused. */
  boolean(field: string): boolean {
    const node = this.node(field);
    if (node === undefined) return false;
    const value = goBoolean(node);
    if (value === undefined) this.refuse(field, "it is neither true nor false", "write true or false, without quotes");
    return value ?? false;
  }

  /** A list of strings. Empty when absent, null, or refused. */
  texts(field: string): readonly string[] {
    const node = this.node(field);
    if (node === undefined) return [];
    const texts =
      node.kind === "list" ? this.#items(node.items).map((item) => this.#source.rules.text(item)) : [undefined];
    if (texts.every((text) => text !== undefined)) return texts;
    this.refuse(field, "it is not a list of texts", "write a list of texts, such as [one, two]");
    return [];
  }

  /** A struct inside: its entry, whose issues count as this one's. Undefined when absent, null, or refused. */
  entry(field: string): GoEntry | undefined {
    const node = this.node(field);
    if (node === undefined) return undefined;
    if (node.kind === "map") return this.#inside(node);
    this.refuse(field, "it is not a map", "write one line for each field");
    return undefined;
  }

  /** A list of structs inside. Empty when absent, null, or refused. */
  entries(field: string): readonly GoEntry[] {
    const node = this.node(field);
    if (node === undefined) return [];
    const items = node.kind === "list" ? this.#items(node.items) : [];
    if (node.kind === "list" && items.every((item) => item.kind === "map" || isGoNull(item))) {
      return items.map((item) => this.#inside(item));
    }
    this.refuse(field, "it is not a list of maps", 'start each entry with "- " and write its fields');
    return [];
  }

  /** Every field, as Go decodes a map of texts: null is the empty text, a list or a map is an issue and left out. */
  pairs(): readonly TextPair[] {
    return mapEntries(this.#node).flatMap(({ key, value }): readonly TextPair[] => {
      const name = this.#source.rules.text(key);
      if (name === undefined) return [];
      const at = { ...this.#place, ...this.#source.locate(key) };
      const text = this.#source.rules.text(value);
      if (text !== undefined) return [{ name, text, place: at }];
      const place = { ...at, name, ...this.#source.locate(value) };
      this.#add({ reason: "parameter_invalid", place, problem: "it is a list or a map", fix: "write one text" });
      return [];
    });
  }

  /** Fields that no method asked for so far. To be called last. */
  ignored(): readonly IgnoredField[] {
    const { rules } = this.#source;
    return mapEntries(this.#node).flatMap(({ key }): readonly IgnoredField[] => {
      if (key.kind !== "scalar" || [...this.#asked].some((field) => rules.sets(key.text, field))) return [];
      const place = { ...this.#place, field: key.text.slice(0, 64), ...this.#source.locate(key) };
      return [{ name: key.text, meant: nearest(key.text, this.#asked), place }];
    });
  }

  /** Records an issue at this field, or at the whole entry. */
  refuse(field: string | undefined, problem: string, fix: string, reason: Reason = "parameter_invalid"): void {
    this.#add({ reason, place: field === undefined ? this.place : this.placeOf(field), problem, fix });
  }

  #find(field: string): GoNode | undefined {
    return this.#node.kind === "map" ? fieldOf(this.#node, field, this.#source.rules) : undefined;
  }

  #items(items: readonly GoNode[]): readonly GoNode[] {
    return this.#source.rules.nullItems === "skipped" ? items.filter((item) => !isGoNull(item)) : items;
  }

  #spellings(field: string): readonly GoNode[] {
    return mapEntries(this.#node)
      .filter(({ key }) => setsField(key, field, this.#source.rules))
      .map(({ value }) => value);
  }

  #inside(node: GoNode): GoEntry {
    const issues: IssueSink = { add: (issue) => this.#add(issue) };
    return new GoEntry(node, this.#place, { ...this.#source, issues });
  }

  #add(issue: Parameters<IssueSink["add"]>[0]): void {
    this.#problems += 1;
    this.#source.issues.add(issue);
  }
}

/**
 * The value that a struct's field takes out of a map. Of several spellings of one name the greatest in bytes that is not
 * null, since they pass through JSON with sorted keys.
 */
export function fieldOf(map: GoMap, field: string, rules: GoRules): GoNode | undefined {
  const found = map.entries.filter(({ key }) => setsField(key, field, rules));
  const [first] = found;
  if (found.length < 2) return first?.value;
  const values = found.filter(({ value }) => !isGoNull(value));
  const text = ({ key }: (typeof found)[number]) => (key.kind === "scalar" ? key.text : "");
  const sorted = values.toSorted((a, b) => Buffer.compare(Buffer.from(text(a)), Buffer.from(text(b))));
  return (sorted.at(-1) ?? first)?.value;
}

function setsField(key: GoNode, field: string, rules: GoRules): boolean {
  const name = isGoNull(key) ? undefined : rules.text(key);
  return name !== undefined && rules.sets(name, field);
}

function mapEntries(node: GoNode): GoMap["entries"] {
  return node.kind === "map" ? node.entries : [];
}
