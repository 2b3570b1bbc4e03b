import type { IssueSink } from "../../model/issue.ts";
import { planStore, type MountPlan, type PlannedStore } from "../../model/plan.ts";
import type { Dialect, DialectInput } from "../../model/dialect.ts";
import type { StoreKind } from "../../model/store.ts";
import { Issues } from "../../text/issues.ts";
import { parseDuration } from "../../text/codecs/duration.ts";
import { nearest } from "../../text/nearest.ts";
import { nativeAdvice } from "./advice.ts";
import { parseObjects } from "./objects.ts";
import { parseStores } from "./stores.ts";
import { Templates } from "./templates/templates.ts";

/** A store that the operator configured, as `src/config` gives it. */
export interface OperatorStore {
  readonly name: string;
  readonly store: StoreKind;
  readonly params: unknown;
  readonly namespaces: readonly string[];
}

/** What the native language can name. */
export interface KeyferryOptions {
  /** Every kind of store. The one of kind `sops`, if there, is also known by that name without being declared. */
  readonly stores: readonly StoreKind[];
  readonly operatorStores: readonly OperatorStore[];
}

/** Parameters of the language itself; others carry documents. */
export const ownParameters = ["stores", "objects", "refreshInterval"];

/** The native parameter language, `provider: keyferry`: named stores, and one list of objects over all of them. */
export function createKeyferryDialect(options: KeyferryOptions): Dialect {
  const operatorStores = options.operatorStores.map(({ name, store, params, namespaces }) =>
    planStore(name, store, params, namespaces),
  );
  const templates = new Templates();
  return {
    name: "keyferry",
    permission: "json",
    advice: nativeAdvice,
    audience: undefined,
    endpoints: [],
    parse: (input, issues) => parse(input, { kinds: options.stores, operatorStores, templates }, issues),
  };
}

/** What manifests are parsed with. */
interface Parsing {
  readonly kinds: readonly StoreKind[];
  readonly operatorStores: readonly PlannedStore[];
  readonly templates: Templates;
}

function parse(
  input: DialectInput,
  { kinds, operatorStores, templates }: Parsing,
  sink: IssueSink,
): MountPlan | undefined {
  const issues = new Issues();
  const carried = new Set<string>();
  const stores = parseStores(input.parameters.get("stores"), kinds, operatorStores, issues);
  const planned = parseObjects({ input, stores, templates, claim: (name) => carried.add(name) }, issues);
  // Where a list as a whole cannot be read, nobody knows what its objects would have used.
  const complete = issues.sorted.every(({ place }) => place.index !== undefined);
  for (const name of input.parameters.keys()) {
    if (ownParameters.includes(name) || carried.has(name)) continue;
    const meant = nearest(name, ownParameters);
    if (!complete && meant === undefined) continue;
    const fix = meant === undefined ? "remove it, or name it as objectName of an object" : `did you mean ${meant}?`;
    issues.add({ reason: "parameter_unknown", place: { parameter: name }, problem: "it is not used", fix });
  }
  const refreshInterval = readInterval(input.parameters.get("refreshInterval"), issues);
  for (const issue of issues.sorted) sink.add(issue);
  if (issues.size > 0) return undefined;
  return { ...planned, ...(refreshInterval === undefined ? {} : { refreshInterval }) };
}

function readInterval(text: string | undefined, issues: IssueSink): number | undefined {
  if (text === undefined) return undefined;
  const interval = parseDuration(text.trim());
  if (interval !== undefined) return interval;
  const fix = "write a number with a unit, such as 5m or 1h30m";
  issues.add({
    reason: "parameter_invalid",
    place: { parameter: "refreshInterval" },
    problem: "it is no duration",
    fix,
  });
  return undefined;
}
