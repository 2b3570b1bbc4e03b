import type { Pod, Tokens } from "../../src/model/pod.ts";
import { sessionKey, type Session } from "../../src/model/session.ts";
import type { StoreConnection, StoreKind } from "../../src/model/store.ts";
import type { FetchSource } from "../../src/fetch/order.ts";
import { connectAll } from "../../src/wiring/compose.ts";
import { builtIn } from "../../src/wiring/plugins.ts";
import type { StoreDeps } from "../../src/stores/plugin.ts";
import { plainDeps } from "./deps.ts";
import { settingsFor } from "./settings.ts";

/** A store and its one connection. */
export interface Connected {
  readonly store: StoreKind;
  readonly connection: StoreConnection;
}

/** Connects a store; `deps` are those that it takes. */
export function connected<Params, Ref, Deps>(store: StoreKind<Params, Ref, Deps>, deps: Deps): Connected {
  return { store: store, connection: store.connect(deps) };
}

/** Loaded once, so that a test can make stores without waiting. */
const makers = await Promise.all(builtIn.stores.map((plugin) => plugin.load()));

/** Every store of this build and its dialects, as the daemon makes them for these flags and variables. */
export function connectedStores(
  flags: Readonly<Record<string, string>> = {},
  { env = {}, deps = {} }: { env?: Readonly<Record<string, string>>; deps?: Partial<StoreDeps> } = {},
) {
  const modules = makers.map((make) => make(settingsFor(flags, env)));
  const stores = modules.map(({ store }) => store);
  const dialects = modules.flatMap((one) => one.dialects);
  const { connectionOf, tend } = connectAll(stores, plainDeps(deps));
  const connectedOf = (kind: string): Connected => {
    const store = stores.find((one) => one.kind === kind);
    if (store === undefined) throw new Error(`no store ${kind}`);
    return { store: store, connection: connectionOf(store) };
  };
  return { stores: stores as readonly StoreKind[], dialects, connectionOf, connectedOf, tend };
}

/** A session as the Mount path makes it. */
export function sessionFor(store: StoreKind, params: unknown, pod: Pod, tokens: Tokens = new Map()): Session<unknown> {
  const key = sessionKey(store.kind, store.describe(params).identity, pod);
  return { key, params, pod, tokens, chosenBy: "manifest" as const, secrets: new Map() };
}

/** A store as the fetch layer is handed it. */
export function sourceOf({ store, connection }: Connected, params: unknown): FetchSource {
  return { kind: store.kind, description: store.describe(params), connection };
}
