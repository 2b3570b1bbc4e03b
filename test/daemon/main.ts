// The real command line with two more stores, one behind a server that the tests control and one in memory, and two
// more dialects.
import { main } from "../../src/cli/main.ts";
import { createKeyferryDialect } from "../../src/dialects/keyferry/index.ts";
import type { Dialect } from "../../src/model/dialect.ts";
import type { StoreKind } from "../../src/model/store.ts";
import { carriedPlugin, type StorePlugin } from "../../src/stores/plugin.ts";
import { builtIn } from "../../src/wiring/plugins.ts";
import { createMemoryStore } from "../fakes/memory-store.ts";
import { acmeKey } from "../fixtures/acme-key/index.ts";
import { acme } from "../fixtures/acme/index.ts";
import { createStubStore } from "./stub-store.ts";

/** The native language, but the server's folder is the dialect's name. */
function stubDialect(name: string, store: StoreKind): Dialect {
  const native = createKeyferryDialect({ stores: [store], operatorStores: [] });
  return {
    ...native,
    name,
    parse: (input, issues) => {
      const own = (input.parameters.get("stores") ?? "").replaceAll("/objects", `/${name}`);
      return native.parse({ ...input, parameters: new Map([...input.parameters, ["stores", own]]) }, issues);
    },
  };
}

const stub: StorePlugin = {
  kind: "stub",
  providers: ["one", "two"],
  settings: [],
  permissions: [],
  work: [],
  load: () => {
    const store = createStubStore() as StoreKind;
    const dialects = ["one", "two"].map((name) => stubDialect(name, store));
    return Promise.resolve(() => ({ store, dialects }));
  },
};

const memory = carriedPlugin("memory", () => Promise.resolve(createMemoryStore() as StoreKind));
await main({ keys: async () => [...(await builtIn.keys()), acmeKey], stores: [...builtIn.stores, acme, stub, memory] });
