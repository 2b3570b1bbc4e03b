import type { Send } from "../http/send.ts";
import type { Keyring } from "../keys/contract.ts";
import type { KubeApi } from "../kube/api.ts";
import type { Worker } from "../compute/worker.ts";
import type { Compute } from "../model/compute.ts";
import type { Clock } from "../model/clock.ts";
import type { Dialect } from "../model/dialect.ts";
import type { LoginObserver } from "../model/login.ts";
import type { Permission } from "../model/permission.ts";
import type { Secret } from "../model/secret.ts";
import type { Setting, SettingValues } from "../model/setting.ts";
import type { StoreKind } from "../model/store.ts";

/** The key in the Secret that the operator names, else in the one given (default: that of the Vault provider). */
export type HmacKeys = (ownSecret?: string) => Promise<Secret | undefined>;

/** What the connection of a store is made with. */
export interface StoreDeps {
  readonly keyring: Keyring;
  readonly send: Send;
  readonly clock: Clock;
  /** Where heavy work is done. */
  readonly compute: Compute;
  /** Reads a file whole. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Reads every file below a folder, without what Kubernetes hides behind `..`. */
  readonly readFolder: (path: string) => Promise<readonly Uint8Array[]>;
  /** Undefined where there is no cluster. */
  readonly kube: KubeApi | undefined;
  /** The key of object versions that all nodes share; undefined while there is none. */
  readonly hmacKey: HmacKeys;
  /** Takes that key's place while there is none; lasts as long as the process. */
  readonly processKey: Secret;
  readonly onLogin: LoginObserver;
}

/** A store and the dialects over it, for one set of settings. Nothing here asks a store. */
export interface StoreModule {
  readonly store: StoreKind<unknown, unknown, StoreDeps>;
  readonly dialects: readonly Dialect[];
}

/** All that the rest of the program knows of one store. Importing it loads no client. */
export interface StorePlugin {
  readonly kind: string;
  /** The `spec.provider` names that its dialects answer to, each a socket. */
  readonly providers: readonly string[];
  /** What the operator can set for it: flags, variables and keys of the configuration file. */
  readonly settings: readonly Setting<unknown>[];
  /** The rights at the Kubernetes API that it can make use of. */
  readonly permissions: readonly Permission[];
  /** Heavy work that its stores have done elsewhere. */
  readonly work: readonly Worker[];
  /** Loads what makes the module. */
  load(): Promise<(values: SettingValues) => StoreModule>;
}

/** A store whose documents the manifest carries: it has no dialect, no setting and no right of its own. */
export function carriedPlugin(kind: string, load: () => Promise<StoreModule["store"]>): StorePlugin {
  return {
    kind,
    providers: [],
    settings: [],
    permissions: [],
    work: [],
    load: async () => {
      const store = await load();
      return () => ({ store, dialects: [] });
    },
  };
}
