import type { Keyring } from "../keys/key-service.ts";
import type { Store } from "../model/store.ts";
import { createAnsibleVaultStore } from "./ansible-vault/index.ts";
import { createEyamlStore } from "./eyaml/index.ts";
import { createS5Store } from "./s5/index.ts";
import { createSealedSecretsStore } from "./sealed-secrets/index.ts";
import { createSopsStore } from "./sops/index.ts";

/** What stores are wired with. */
export interface StoreWiring {
  readonly keyring: Keyring;
}

/** Every kind of store there is. The only place that names them all. */
export function createStores(wiring: StoreWiring): readonly Store[] {
  return [
    createSopsStore(wiring),
    createSealedSecretsStore(wiring),
    createS5Store(wiring),
    createAnsibleVaultStore(wiring),
    createEyamlStore(wiring),
  ];
}
