// The real command line with two more stores, one behind a server that the tests control and one in memory, and two
// more dialects.
import { main } from "../../src/cli/main.ts";
import { builtIn } from "../../src/wiring/plugins.ts";
import { createKeyferryDialect } from "../../src/dialects/keyferry/index.ts";
import type { Dialect, Store } from "../../src/model/store.ts";
import { createMemoryStore } from "../fakes/memory-store.ts";
import { createStubStore } from "./stub-store.ts";

/** The native language, but the server's folder is the dialect's name. */
function stubDialect(name: string, stores: readonly Store[]): Dialect {
  const native = createKeyferryDialect({ stores, operatorStores: [] });
  return {
    name,
    parse: (input, issues) => {
      const own = (input.parameters.get("stores") ?? "").replaceAll("/objects", `/${name}`);
      return native.parse({ ...input, parameters: new Map([...input.parameters, ["stores", own]]) }, issues);
    },
  };
}

await main({
  stores: async (wiring) => [...(await builtIn.stores(wiring)), createStubStore(), createMemoryStore()],
  dialectNames: [...builtIn.dialectNames, "one", "two"],
  dialects: async (stores, wiring) => [
    ...(await builtIn.dialects(stores, wiring)),
    ...["one", "two"].map((name) => stubDialect(name, stores)),
  ],
});
