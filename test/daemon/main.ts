// The real command line with one more store, which the tests control, and two more dialects that use it.
import { builtIn, main } from "../../src/cli/main.ts";
import { createKeyferryDialect } from "../../src/dialects/keyferry/index.ts";
import type { Dialect, Store } from "../../src/model/store.ts";
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
  stores: (wiring) => [...builtIn.stores(wiring), createStubStore()],
  dialects: (stores) => ["one", "two"].map((name) => stubDialect(name, stores)),
});
