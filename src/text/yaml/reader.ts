import type { Fields } from "../../model/fields.ts";
import type { IssueSink, Place } from "../../model/issue.ts";
import type { Reason } from "../../model/reasons.ts";
import { parseDuration } from "../codecs/duration.ts";
import { nearest } from "../nearest.ts";
import { follow, isNothing, pairsOf, positionOf, scalarText, type YamlContent } from "./nodes.ts";
import type { YamlMap, YamlNode } from "./syntax/node.ts";

/** What to say of a field that nobody asked for, where the nearest name would mislead. */
export type Explain = (field: string) => { readonly problem: string; readonly fix: string } | undefined;

interface Field {
  readonly node: YamlContent;
  /** Where its name stands. */
  readonly at: YamlNode;
}

/** Longest piece of a name that a message shows. */
const longestShown = 64;

/** Reads one map that a person wrote, with the position of everything. See `Fields` for the duties. */
export class Reader implements Fields {
  readonly #issues: IssueSink;
  readonly #fields = new Map<string, Field>();
  readonly #asked = new Set<string>();
  readonly #at: YamlNode;
  #place: Place;

  constructor(map: YamlMap, place: Place, issues: IssueSink) {
    this.#issues = issues;
    this.#at = map;
    this.#place = place;
    for (const { key, node: at, value } of pairsOf(map)) {
      if (key === undefined) this.#issue("parameter_invalid", undefined, at, "a field has no name", "name the field");
      else if (this.#fields.has(key)) {
        this.#issue("parameter_invalid", shorten(key), at, "duplicate field", "keep one of them");
      } else this.#fields.set(key, { node: follow(value), at });
    }
  }

  /** Where the map stands, for issues about the whole of it. */
  get place(): Place {
    return { ...this.#place, ...positionOf(this.#at) };
  }

  /** Where a field stands, or the map where the field is absent. */
  placeOf(field: string): Place {
    const at = this.#fields.get(field)?.at ?? this.#at;
    return { ...this.#place, field, ...positionOf(at) };
  }

  /** Names that some method was asked for, in the order of asking. */
  get asked(): readonly string[] {
    return [...this.#asked];
  }

  /** Later issues say the name of the entry. */
  setName(name: string): void {
    this.#place = { ...this.#place, name };
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined;
  }

  text(name: string): string | undefined {
    const field = this.#get(name);
    if (field === undefined) return undefined;
    const text = scalarText(field.node);
    if (text === undefined) this.refuse(name, "it is a list or a map", "write one text");
    return text;
  }

  requiredText(name: string, fix: string): string {
    const written = this.has(name);
    const text = this.text(name);
    if (text === "") this.refuse(name, "it is empty", fix);
    if (!written) this.#issue("parameter_missing", name, this.#at, "it is missing", fix);
    return text ?? "";
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = allowed.find((value) => value === text);
    if (found === undefined) {
      const meant = nearest(text, allowed);
      const fix = meant === undefined ? `write one of: ${allowed.join(", ")}` : `did you mean ${meant}?`;
      this.refuse(name, "it is not a known value", fix);
    }
    return found;
  }

  boolean(name: string): boolean | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^(?:true|True|TRUE)$/u.test(text)) return true;
    if (/^(?:false|False|FALSE)$/u.test(text)) return false;
    this.refuse(name, "it is neither true nor false", "write true or false");
    return undefined;
  }

  integer(name: string, range: { readonly min: number; readonly max: number }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^[+-]?\d{1,16}$/u.test(text) ? Number(text) : Number.NaN;
    if (value >= range.min && value <= range.max) return value;
    this.refuse(name, "it is not a number in range", `write a whole number from ${range.min} to ${range.max}`);
    return undefined;
  }

  duration(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = parseDuration(text);
    if (value === undefined) this.refuse(name, "it is not a duration", "write for example 500ms, 90s, 2m or 1h30m");
    return value;
  }

  texts(name: string): readonly string[] | undefined {
    const field = this.#get(name);
    if (field === undefined) return undefined;
    const nodes = field.node.kind === "list" ? field.node.items : [field.node];
    const texts = nodes.map((node) => (isNothing(node) ? undefined : scalarText(node)));
    if (texts.every((text) => text !== undefined)) return texts;
    this.refuse(name, "it is not a list of texts", "write a list of texts, such as [one, two]");
    return undefined;
  }

  map(name: string): ReadonlyMap<string, string> | undefined {
    const field = this.#get(name);
    if (field === undefined) return undefined;
    const result = new Map<string, string>();
    for (const pair of field.node.kind === "map" ? pairsOf(field.node) : [undefined]) {
      const text = scalarText(pair?.value);
      if (pair?.key === undefined || text === undefined || result.has(pair.key)) {
        this.refuse(name, "it is not a map from text to text", "write one line for each name: its text");
        return undefined;
      }
      result.set(pair.key, text);
    }
    return result;
  }

  /** The map under this name as a reader of its own; its issues are recorded under `place`. */
  entry(name: string, place: Place = this.#place): Reader | undefined {
    const field = this.#get(name);
    if (field === undefined) return undefined;
    if (field.node.kind === "map") return new Reader(field.node, place, this.#issues);
    this.refuse(name, "it is not a map", "write one line for each field");
    return undefined;
  }

  /** The list of maps under this name, each as a reader with its index. */
  entries(name: string, place: Place = { ...this.#place, parameter: name }): readonly Reader[] {
    const field = this.#get(name);
    if (field === undefined) return [];
    if (field.node.kind === "list") return readersOf(field.node.items, place, this.#issues);
    this.refuse(name, "it is not a list", 'start each entry with "- "');
    return [];
  }

  /** The list of maps under this name, as parts of this entry: their issues are recorded as its own. */
  parts(name: string): readonly Reader[] {
    const field = this.#get(name);
    if (field === undefined) return [];
    const items = field.node.kind === "list" ? field.node.items : [field.node];
    return items.flatMap((item): readonly Reader[] => {
      if (item.kind === "map") return [new Reader(item, this.#place, this.#issues)];
      this.refuse(name, "it is not a list of maps", 'start each entry with "- "');
      return [];
    });
  }

  /** Whether the field is written, null or not; does not make it a known one. */
  isWritten(name: string): boolean {
    return this.#fields.has(name);
  }

  /** Whether the field is a map, in contrast to a text or a list. */
  isMap(name: string): boolean {
    return this.#get(name)?.node.kind === "map";
  }

  refuse(name: string, problem: string, fix: string, reason: Reason = "parameter_invalid"): void {
    this.#asked.add(name);
    this.#issue(reason, name, this.#fields.get(name)?.at ?? this.#at, problem, fix);
  }

  /** Records an issue for each field that no method was asked for. To be called last. */
  finish(explain?: Explain): void {
    for (const [name, field] of this.#fields) {
      if (this.#asked.has(name)) continue;
      const meant = nearest(name, this.#asked);
      const known = `known fields: ${[...this.#asked].join(", ")}`;
      const said = explain?.(name) ?? {
        problem: "it is not a known field",
        fix: meant === undefined ? known : `did you mean ${meant}?`,
      };
      this.#issue("parameter_unknown", shorten(name), field.at, said.problem, said.fix);
    }
  }

  #get(name: string): Field | undefined {
    this.#asked.add(name);
    const field = this.#fields.get(name);
    return field === undefined || isNothing(field.node) ? undefined : field;
  }

  #issue(reason: Reason, field: string | undefined, at: YamlNode, problem: string, fix: string): void {
    const place = { ...this.#place, ...(field === undefined ? {} : { field }), ...positionOf(at) };
    this.#issues.add({ reason, place, problem, fix });
  }
}

/** A reader for each map of a list; an entry that is none is an issue. */
export function readersOf(items: readonly YamlNode[], place: Place, issues: IssueSink): readonly Reader[] {
  return items.flatMap((item, index): readonly Reader[] => {
    const node = follow(item);
    const here = { ...place, index };
    if (node.kind === "map") return [new Reader(node, here, issues)];
    const issue = { problem: "it is not a map of fields", fix: 'write fields such as "objectName: db"' };
    issues.add({ reason: "parameter_invalid", place: { ...here, ...positionOf(item) }, ...issue });
    return [];
  });
}

function shorten(name: string): string {
  return name.length > longestShown ? `${name.slice(0, longestShown)}…` : name;
}
