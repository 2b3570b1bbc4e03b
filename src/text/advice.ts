import { adviceRules, type AdviceSink } from "../model/advice.ts";
import type { Place } from "../model/issue.ts";
import type { Parameters } from "../model/pod.ts";
import { objectName, pathClashes, type ClaimedPath } from "./claimed-paths.ts";
import type { GoEntry } from "./go/entry.ts";
import { nearest } from "./nearest.ts";
import { shownName } from "./shown-name.ts";

/** The names of a language: those that are read, and those that are read no more, each with what to do. */
export interface KnownNames {
  readonly known: readonly string[];
  readonly retired: ReadonlyMap<string, string>;
  /** Names that mean the same, of which one is enough. */
  readonly alike: readonly (readonly string[])[];
}

/** Parameters that kubelet and the driver set; a manifest's own are overwritten. */
const fromKubelet = /^(?:csi\.storage\.k8s\.io\/|secretProviderClass$)/u;

/** Advises on every parameter that the provider does not read. */
export function adviseParameters(parameters: Parameters, names: KnownNames, sink: AdviceSink): void {
  for (const name of parameters.keys()) {
    if (fromKubelet.test(name)) continue;
    const retired = names.retired.get(name);
    if (retired === undefined && names.known.includes(name)) continue;
    const free = names.known.filter((one) => !parameters.has(one));
    adviseName(name, nearest(name, free) ?? nearest(name, names.known), { parameter: name }, names, sink);
  }
}

/** Advises on every field of entries, which must have been read, that the provider does not read. */
export function adviseFields(entries: readonly GoEntry[], names: KnownNames, sink: AdviceSink): void {
  for (const entry of entries) {
    for (const { name, meant, place } of entry.ignored()) adviseName(name, meant, place, names, sink);
  }
}

function adviseName(name: string, meant: string | undefined, place: Place, names: KnownNames, sink: AdviceSink): void {
  const retired = names.retired.get(name);
  if (retired !== undefined) {
    const problem = `${shown(name)} is retired`;
    sink.advise({ rule: adviceRules.retired, place, problem, fix: retired, meant: [] });
    return;
  }
  const fix = meant === undefined ? `remove it; known names: ${names.known.join(", ")}` : `did you mean ${meant}?`;
  const alike = names.alike.find((group) => meant !== undefined && group.includes(meant)) ?? [];
  const all = meant === undefined ? [] : [meant, ...alike];
  sink.advise({ rule: adviceRules.notRead, place, problem: `${shown(name)} is not read`, fix, meant: all });
}

function shown(name: string): string {
  return /^[\w.-]{1,63}$/u.test(name) ? name : shownName(name);
}

/** What people leave where a value was to be filled in: `${NAME}`, `$NAME`, `{{ name }}`, `<NAME>`. */
const placeholder = /\$\{[^{}]{0,200}\}|^\$[A-Za-z_]\w{0,100}$|\{\{[^{}]{0,200}\}\}|^<[^<>]{1,200}>$/u;

/** Advises on parameters, and on these fields of entries, that hold a variable nobody filled in. */
export function adviseUnrendered(
  parameters: Parameters,
  entries: readonly GoEntry[],
  fields: readonly string[],
  sink: AdviceSink,
): void {
  const fix = "fill it in before the manifest is applied; nothing does so afterwards";
  const advise = (place: Place, name: string) => {
    const problem = "it holds a variable that was not filled in";
    sink.advise({ rule: adviceRules.doubtfulValue, place, problem, fix, meant: [name] });
  };
  for (const [name, text] of parameters) {
    if (!text.includes("\n") && placeholder.test(text.slice(0, 1000))) advise({ parameter: name }, name);
  }
  for (const entry of entries) {
    for (const field of fields) {
      const node = entry.node(field);
      if (node?.kind === "scalar" && placeholder.test(node.text.slice(0, 1000))) advise(entry.placeOf(field), field);
    }
  }
}

/** Advises on objects whose file a later one replaces. */
export function adviseSameFiles(claimed: readonly ClaimedPath[], sink: AdviceSink): void {
  for (const { first, later, kind } of pathClashes(claimed)) {
    if (kind !== "same") continue;
    const problem = `it writes the file of ${objectName(first)}, which is then lost`;
    const place = { ...later.place, name: later.path };
    sink.advise({ rule: adviceRules.sameFile, place, problem, fix: adviceRules.sameFile.fix, meant: [] });
  }
}

/**
 * Advises on permission bits that are read with another base than they were written for. `base`: 10 where the provider takes
 * `400` for a decimal number (YAML), 8 where it takes any digits for octal ones.
 */
export function adviseMode(written: string, base: 8 | 10, place: Place, sink: AdviceSink): void {
  if (!/^[1-9]\d{2}$/u.test(written)) return;
  const [octal, decimal] = [Number.parseInt(written, 8), Number.parseInt(written, 10)];
  const isOctal = /^[0-7]+$/u.test(written);
  const read = base === 8 ? octal : decimal;
  const meant = base === 8 ? decimal : octal;
  if (!isOctal || isSensible(read) || !isSensible(meant)) return;
  const problem = `it is read as ${base === 8 ? "octal" : "decimal"}, which makes the mode ${shownMode(read)}`;
  const fix = base === 8 ? `write ${shownMode(meant)} if you mean decimal ${written}` : `write 0${written}`;
  sink.advise({ rule: adviceRules.doubtfulMode, place, problem, fix, meant: [] });
}

/** The owner can read, who can write can read, and nobody has a right that the owner lacks, nor others one that the group lacks. */
function isSensible(mode: number): boolean {
  const [owner, group, others] = [mode >> 6, (mode >> 3) & 7, mode & 7];
  if (owner > 7 || (owner & 4) === 0) return false;
  const blind = [group, others].some((rights) => (rights & 2) !== 0 && (rights & 4) === 0);
  return !blind && (group & ~owner) === 0 && (others & ~group) === 0;
}

function shownMode(mode: number): string {
  return `0${mode.toString(8).padStart(3, "0")}`;
}
