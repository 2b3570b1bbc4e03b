import type { Issue } from "../model/issue.ts";
import type { KeyKind, PathOf } from "../model/key.ts";
import type { Setting } from "../model/setting.ts";
import type { StoreKind } from "../model/store.ts";
import { Issues } from "../text/issues.ts";
import { readMap } from "../text/yaml/read-text.ts";
import type { Reader } from "../text/yaml/reader.ts";
import {
  defaultConfig,
  type ConfiguredKey,
  type ConfiguredStore,
  type OperatorConfig,
  type Policy,
  type RefreshLimits,
} from "./config.ts";
import { patternProblem } from "./grants.ts";

/** What the file says for the key of a setting; it is parsed where all settings are. */
export interface Written {
  readonly texts: readonly string[];
  /** Line of the key, from 1. */
  readonly line: number;
}

/** What the file says for settings, by key. */
export type Settings = ReadonlyMap<string, Written>;

/** A configuration, or every problem of the file, each `file:line: what is wrong; what to write`. */
export type ConfigReading =
  | { readonly kind: "loaded"; readonly config: OperatorConfig; readonly settings: Settings }
  | { readonly kind: "refused"; readonly problems: readonly string[]; readonly issues: readonly ConfigIssue[] };

/** One of those problems in its parts. */
export interface ConfigIssue {
  /** `FILE:LINE`, and the entry and field where it is one of those. */
  readonly subject: string;
  readonly problem: string;
  readonly fix: string;
}

/** What a configuration file is read with. */
export interface ConfigContext {
  /** The file's name in messages. */
  readonly file: string;
  /** The kinds of store there are. */
  readonly stores: readonly StoreKind[];
  /** The kinds of key there are. */
  readonly keys: readonly KeyKind[];
  /** How the paths of keys are meant. */
  readonly pathOf: PathOf;
  /** The daemon's settings that the file may hold. */
  readonly settings: readonly Pick<Setting<unknown>, "key" | "list">[];
}

/** Reads the text of a configuration file. */
export function loadConfig(text: string, context: ConfigContext): ConfigReading {
  const issues = new Issues();
  const root = /^(?:\s*(?:#[^\n]*)?(?:\n|$))*$/u.test(text) ? undefined : readMap(text, {}, issues);
  const settings = new Map<string, Written>();
  const config = root === undefined ? defaultConfig : readRoot(root, context, settings);
  if (issues.size === 0) return { kind: "loaded", config, settings };
  const found = issues.sorted.toSorted(byLine).map((issue) => partsOf(context.file, issue));
  const problems = found.map(({ subject, problem, fix }) => `${subject}: ${problem}; ${fix}`);
  return { kind: "refused", problems, issues: found };
}

function readRoot(root: Reader, context: ConfigContext, settings: Map<string, Written>) {
  const { stores: kinds, settings: known } = context;
  for (const { key, list } of known) {
    if (key === undefined) continue;
    const value = list ? root.texts(key) : root.text(key);
    if (value !== undefined) settings.set(key, { texts: [value].flat(), line: root.placeOf(key).line ?? 1 });
  }
  const config: OperatorConfig = {
    stores: readStores(root.entries("stores"), kinds),
    keys: readKeys(root.entries("keys"), context),
    policy: readPolicy(root.entry("policy", { parameter: "policy" })),
    refresh: readRefresh(root.entry("refresh", { parameter: "refresh" })),
  };
  root.finish();
  return config;
}

function readStores(entries: readonly Reader[], kinds: readonly StoreKind[]): ConfiguredStore[] {
  const seen = new Set<string>();
  return entries.flatMap((entry): readonly ConfiguredStore[] => {
    const name = readName(entry, seen);
    const kind = entry.oneOf(
      "kind",
      kinds.map((store) => store.kind),
    );
    if (!entry.has("kind")) entry.requiredText("kind", "name the kind of store");
    const namespaces = readNamespaces(entry);
    const store = kinds.find((candidate) => candidate.kind === kind);
    if (store === undefined) return [];
    const params = store.language.params(entry);
    entry.finish();
    return [{ name, store, params, namespaces }];
  });
}

function readKeys(entries: readonly Reader[], { keys: kinds, pathOf }: ConfigContext): ConfiguredKey[] {
  const seen = new Set<string>();
  const known = kinds.map(({ kind }) => kind);
  return entries.flatMap((entry): readonly ConfiguredKey[] => {
    const name = readName(entry, seen);
    const kind = entry.oneOf("kind", known);
    if (!entry.has("kind")) entry.requiredText("kind", `write one of: ${known.join(", ")}`);
    const found = kinds.find((candidate) => candidate.kind === kind);
    const settings = found?.read(entry, pathOf);
    const namespaces = readNamespaces(entry);
    if (found === undefined || settings === undefined) return [];
    entry.finish();
    return [{ kind: found, source: { name, ...settings, namespaces } }];
  });
}

function readName(entry: Reader, seen: Set<string>): string {
  const name = entry.requiredText("name", "give the entry a name");
  if (name === "") return name;
  entry.setName(name);
  if (seen.has(name)) entry.refuse("name", "another entry has the same name", "give each entry a name of its own");
  seen.add(name);
  return name;
}

function readNamespaces(entry: Reader): readonly string[] {
  const fix = "list the namespaces that may use it, such as [shop, team-*]";
  if (!entry.has("namespaces")) {
    entry.requiredText("namespaces", fix);
    return [];
  }
  const patterns = entry.texts("namespaces");
  if (patterns?.length === 0) entry.refuse("namespaces", "it is empty", fix);
  for (const pattern of patterns ?? []) {
    const problem = patternProblem(pattern);
    if (problem !== undefined) entry.refuse("namespaces", `a pattern cannot be used: ${problem}`, fix);
  }
  return patterns ?? [];
}

function readPolicy(entry: Reader | undefined): Policy {
  const inlineStores = entry?.boolean("inlineStores") ?? defaultConfig.policy.inlineStores;
  const addresses = entry?.texts("addresses") ?? defaultConfig.policy.addresses;
  const files = entry?.texts("files") ?? defaultConfig.policy.files;
  if (files.some((folder) => !/^\/[^/]/u.test(folder) || /(?:^|\/)\.{1,2}(?:\/|$)/u.test(folder))) {
    entry?.refuse("files", "a folder is not a full path", "list folders such as /etc/keyferry/vault");
  }
  entry?.finish();
  return { inlineStores, addresses, files };
}

function readRefresh(entry: Reader | undefined): RefreshLimits {
  const { interval, minInterval, firstMount, staleOnError } = defaultConfig.refresh;
  const refresh = {
    interval: entry?.duration("interval") ?? interval,
    minInterval: entry?.duration("minInterval") ?? minInterval,
    firstMount: entry?.duration("firstMount") ?? firstMount,
    staleOnError: entry?.duration("staleOnError") ?? staleOnError,
  };
  entry?.finish();
  return refresh;
}

function byLine(a: Issue, b: Issue): number {
  return (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0);
}

/** The subject is `config.yaml:12: stores entry 2 "team-vault", field role`. */
function partsOf(file: string, { place, problem, fix }: Issue): ConfigIssue {
  const index = place.index === undefined ? "" : ` entry ${place.index + 1}`;
  const name = place.name === undefined ? "" : ` ${JSON.stringify(place.name)}`;
  const section = place.parameter === undefined ? "" : `${place.parameter}${index}${name}`;
  const field = place.field === undefined ? "" : `field ${place.field}`;
  const about = [section, field].filter((part) => part !== "").join(", ");
  return { subject: `${file}:${place.line ?? 1}${about === "" ? "" : `: ${about}`}`, problem, fix };
}
