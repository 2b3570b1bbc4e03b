import type { IssueSink } from "../../model/issue.ts";
import { planStore, type PlannedStore } from "../../model/plan.ts";
import type { StoreKind } from "../../model/store.ts";
import { nearest } from "../../text/nearest.ts";
import { readList } from "../../text/yaml/read-text.ts";
import type { Reader } from "../../text/yaml/reader.ts";

/** The stores that objects of one manifest may name. */
export interface KnownStores {
  /** Used by objects that name none; undefined when there are several to choose from. */
  readonly standard: PlannedStore | undefined;
  /** How many stores the manifest itself declares, the broken ones included. */
  readonly declared: number;
  /** Names that were declared but could not be used; objects that name them are not reported a second time. */
  readonly broken: ReadonlySet<string>;
  readonly byName: ReadonlyMap<string, PlannedStore>;
}

/** Kind and name of the store that needs no declaration. */
const embedded = "sops";

/** Reads the `stores` parameter; its names come before the embedded store, and may not be those of the operator. */
export function parseStores(
  text: string | undefined,
  kinds: readonly StoreKind[],
  operatorStores: readonly PlannedStore[],
  issues: IssueSink,
): KnownStores {
  const operators = new Map(operatorStores.map((store) => [store.name, store]));
  const readers = text === undefined ? [] : readList(text, "stores", issues, "store");
  const declared = new Map<string, PlannedStore>();
  const broken = new Set<string>();
  const seen = new Set<string>();
  for (const reader of readers ?? []) {
    const name = reader.requiredText("name", "give the store a name for objects to use");
    if (name !== "") reader.setName(name);
    if (seen.has(name)) reader.refuse("name", "another store has the same name", "give each store a name of its own");
    if (operators.has(name)) reader.refuse("name", "the operator has a store of this name", "choose another name");
    const planned = parseStore(reader, name, kinds);
    if (name !== "" && planned === undefined) broken.add(name);
    if (name !== "" && planned !== undefined && !seen.has(name)) declared.set(name, planned);
    seen.add(name);
  }
  const sops = operators.get(embedded) ?? embeddedStore(kinds);
  const byName = new Map([...(sops === undefined ? [] : [[embedded, sops] as const]), ...operators, ...declared]);
  const count = readers === undefined ? Number.NaN : readers.length;
  const standard = count === 0 ? sops : count === 1 ? [...declared.values()][0] : undefined;
  return { standard, declared: count, broken, byName };
}

function parseStore(reader: Reader, name: string, kinds: readonly StoreKind[]): PlannedStore | undefined {
  const known = kinds.map((kind) => kind.kind);
  const kind = reader.requiredText("kind", `write one of: ${known.join(", ")}`);
  const store = kinds.find((candidate) => candidate.kind === kind);
  if (store === undefined) {
    const meant = nearest(kind, known);
    const fix = meant === undefined ? `write one of: ${known.join(", ")}` : `did you mean ${meant}?`;
    if (kind !== "") reader.refuse("kind", "there is no such kind of store", fix);
    return undefined;
  }
  const params = store.language.params(reader);
  reader.finish();
  return planStore(name, store, params);
}

/** The store of kind `sops` as a manifest would declare it with nothing but name and kind. */
function embeddedStore(kinds: readonly StoreKind[]): PlannedStore | undefined {
  const store = kinds.find((candidate) => candidate.kind === embedded);
  if (store === undefined) return undefined;
  const [reader] = readList("[{}]", "stores", { add: () => undefined }, "store") ?? [];
  return reader === undefined ? undefined : planStore(embedded, store, store.language.params(reader));
}
