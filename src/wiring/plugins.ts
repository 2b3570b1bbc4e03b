import type { Dialect, Store } from "../model/store.ts";
import type { StoreWiring } from "../stores/index.ts";

/** What is plugged in: the stores that there are, and the dialects besides the native one. */
export interface Plugged {
  /** Loads the stores: nothing of them is in memory before. */
  stores(wiring: StoreWiring): Promise<readonly Store[]>;
  /** Names of all dialects, the native one first. */
  readonly dialectNames: readonly string[];
  /** Those dialects, over the stores. */
  dialects(stores: readonly Store[], wiring: StoreWiring): Promise<readonly Dialect[]>;
}

/** What this build has. */
export const builtIn: Plugged = {
  stores: async (wiring) => (await import("../stores/index.ts")).createStores(wiring),
  dialectNames: ["keyferry", "azure", "gcp", "vault"],
  dialects: async (stores, wiring) => (await import("../stores/index.ts")).createDialects(stores, wiring),
};
