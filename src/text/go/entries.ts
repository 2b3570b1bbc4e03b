import type { IssueSink } from "../../model/issue.ts";
import { fieldOf, GoEntry, type EntrySource } from "./entry.ts";
import type { GoRules } from "./rules.ts";
import { GoYamlError, isGoNull, type GoNode, type GoPlace } from "./yaml-node.ts";
import { parseGoYaml } from "./yaml.ts";

/** What is read, and the words for it. */
export interface GoListOptions {
  readonly parameter: string;
  readonly rules: GoRules;
  /** Put before a problem of the text as a whole, such as `failed to unmarshal secrets attribute: `. */
  readonly prefix?: string;
  /** What is said of a text that lists nothing: problem and fix. */
  readonly none: { readonly problem: string; readonly fix: string };
  /** Number of lines of the parameter that stand before the text (default: 0). */
  readonly linesBefore?: number;
}

/** How the entries of a list are read. */
export interface GoEntriesOptions extends GoListOptions {
  /** Fields that an entry has, for advice: `objectName and secretPath`. */
  readonly fields: string;
  /** Whether an empty entry (`-`) is skipped, as a Go list of pointers to structs has it, or refused. */
  readonly empty: "skipped" | "refused";
}

/**
 * Reads a parameter that holds a list of entries, as a Go program decodes it into structs. Every mistake is an issue.
 * Undefined when the text as a whole cannot be used; empty for a text that says nothing. Entries that are no maps are
 * left out; the others keep their place in the list as their index (skipped ones are not counted).
 */
export function readGoEntries(
  text: string,
  options: GoEntriesOptions,
  issues: IssueSink,
): readonly GoEntry[] | undefined {
  const root = readRoot(text, options, issues);
  if (root === undefined) return undefined;
  if (root.kind !== "list" && !isGoNull(root)) {
    refuse(options, issues, root, "it is not a list", 'start each entry with "- "');
    return undefined;
  }
  const { parameter, rules, empty, fields, prefix = "" } = options;
  const source: EntrySource = { issues, rules, locate: (place) => below(place, options) };
  const items = itemsOf(root).filter((item) => empty === "refused" || !isGoNull(item));
  if (items.length === 0) refuseNone(options, issues);
  return items.flatMap((item, index): readonly GoEntry[] => {
    const entry = new GoEntry(item, { parameter, index }, source);
    if (item.kind === "map") return [entry];
    entry.refuse(undefined, `${prefix}it is not a map of fields`, `write fields such as ${fields}`);
    return [];
  });
}

/** An element that is a text of its own. */
export interface GoTextElement {
  readonly index: number;
  readonly text: string;
  /** Where a place of that text is in the parameter. */
  locate(place: GoPlace): { readonly line: number; readonly column?: number };
}

/**
 * Reads a parameter that is a map whose field `name` lists texts, as the Azure provider's `objects` does. Every mistake is
 * an issue. Undefined when the text as a whole cannot be used. Null elements are skipped and not counted.
 */
export function readGoTexts(
  text: string,
  name: string,
  options: GoListOptions,
  issues: IssueSink,
): readonly GoTextElement[] | undefined {
  const root = readRoot(text, options, issues);
  if (root === undefined) return undefined;
  if (root.kind !== "map" && !isGoNull(root)) {
    refuse(options, issues, root, "it is not a map", `write ${name}: and the objects below it`);
    return undefined;
  }
  const list = (root.kind === "map" ? fieldOf(root, name, options.rules) : undefined) ?? nothing;
  const fix = 'start each element with "- |" and write its fields below, indented';
  if (list.kind !== "list" && !isGoNull(list)) {
    refuse(options, issues, list, `${name} is not a list`, fix);
    return undefined;
  }
  const items = itemsOf(list).filter((item) => !isGoNull(item));
  if (items.length === 0) refuseNone(options, issues);
  const wrong = items.find((item) => item.kind !== "scalar");
  if (wrong !== undefined) {
    refuse(options, issues, wrong, `an element is a ${wrong.kind}, not a text`, fix);
    return undefined;
  }
  return items.map((item, index) => ({
    index,
    text: options.rules.text(item) ?? "",
    locate: (place) => inElement(item, place, options),
  }));
}

/** Of a block that keeps its lines, the line itself; of any other text, where it starts. */
function inElement(item: GoNode, place: GoPlace, options: GoListOptions): ReturnType<GoTextElement["locate"]> {
  if (item.kind !== "scalar" || item.style !== "literal") return below(item, options);
  return { line: below(item, options).line + place.line };
}

function below({ line, column }: GoPlace, { linesBefore = 0 }: GoListOptions): GoPlace {
  return { line: line + linesBefore, column };
}

/** Undefined where the text is no YAML, which is then an issue; null for a text without a document. */
function readRoot(text: string, options: GoListOptions, issues: IssueSink): GoNode | undefined {
  try {
    return parseGoYaml(text, options.rules) ?? nothing;
  } catch (thrown) {
    if (!(thrown instanceof GoYamlError)) throw thrown;
    const problem = options.prefix === undefined ? `it is not valid YAML: ${thrown.message}` : thrown.message;
    refuse(options, issues, thrown, problem, "correct the YAML at this place");
    return undefined;
  }
}

const nothing: GoNode = { kind: "scalar", text: "", tag: "!!null", style: "plain", explicit: "", line: 1, column: 1 };

function itemsOf(node: GoNode): readonly GoNode[] {
  return node.kind === "list" ? node.items : [];
}

function refuseNone({ parameter, none }: GoListOptions, issues: IssueSink): void {
  issues.add({ reason: "no_objects", place: { parameter }, ...none });
}

function refuse(options: GoListOptions, issues: IssueSink, at: GoPlace, problem: string, fix: string): void {
  const { parameter, prefix = "" } = options;
  const place = { parameter, ...below(at, options) };
  issues.add({ reason: "parameter_invalid", place, problem: prefix + problem, fix });
}
