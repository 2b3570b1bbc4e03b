import type { Keyring } from "../keys/key-service.ts";
import type { Store } from "../model/store.ts";
import { createSopsStore } from "./sops/index.ts";

/** What stores are wired with. */
export interface StoreWiring {
  readonly keyring: Keyring;
}

/** Every kind of store there is. The only place that names them all. */
export function createStores(wiring: StoreWiring): readonly Store[] {
  return [createSopsStore(wiring)];
}
