import type { Send } from "../http/send.ts";
import { createCall } from "../identity/gcp/call.ts";
import type { GcpKube } from "../identity/gcp/pod.ts";
import type { GcpIdentityWiring } from "../identity/gcp/gcp.ts";
import type { Keyring } from "../keys/contract.ts";
import type { KubeApi } from "../kube/api.ts";
import { readServiceAccount } from "../kube/service-account.ts";
import { requestToken } from "../kube/token-request.ts";
import type { LoginObserver } from "../model/login.ts";
import type { Clock } from "../model/clock.ts";
import type { Secret } from "../model/secret.ts";
import type { Dialect, Store } from "../model/store.ts";
import { createAnsibleVaultStore } from "./ansible-vault/index.ts";
import { createAzureDialect, createAzureStore } from "./azure/index.ts";
import { azureSettings } from "./azure/settings.ts";
import { createEyamlStore } from "./eyaml/index.ts";
import { createGcpDialect, createGcpStore } from "./gcp/index.ts";
import { gcpSettings } from "./gcp/settings.ts";
import { createS5Store } from "./s5/index.ts";
import { createSealedSecretsStore } from "./sealed-secrets/index.ts";
import { createSopsStore } from "./sops/index.ts";
import { createVaultDialect, createVaultStore } from "./vault/index.ts";
import { environmentSettings, flagSettings, layerSettings, noVaultSettings } from "./vault/settings.ts";

/** What stores and dialects are wired with. */
export interface StoreWiring {
  readonly keyring: Keyring;
  readonly send: Send;
  readonly outside: Clock;
  /** Reads a file whole. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Reads every file below a folder, without what Kubernetes hides behind `..`. */
  readonly readFolder: (path: string) => Promise<readonly Uint8Array[]>;
  /** Undefined where there is no cluster. */
  readonly kube: KubeApi | undefined;
  /** The key of object versions that all nodes share; undefined while there is none. */
  readonly hmacKey: () => Promise<Secret | undefined>;
  /** Takes that key's place while there is none; lasts as long as the process. */
  readonly processKey: Secret;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A setting of the daemon by the name of its flag; empty when it is not set. */
  readonly setting: (flag: string) => string;
  readonly loggedIn: LoginObserver;
}

/** Every kind of store there is. The only place that names them all. */
export function createStores(wiring: StoreWiring): readonly Store[] {
  return [
    createSopsStore({ keyring: wiring.keyring, refuseOlder: wiring.setting("sops-refuse-older") === "true" }),
    createSealedSecretsStore(wiring),
    createS5Store(wiring),
    createAnsibleVaultStore(wiring),
    createEyamlStore(wiring),
    createAzureStore({ ...wiring, settings: azureSettings(wiring.setting, wiring.env) }),
    createGcpStore(gcpWiring(wiring)),
    createVaultStore({ ...wiring, readTls: readTls(wiring) }),
  ];
}

/** The dialects that stand beside the native one, over the stores that `createStores` made. */
export function createDialects(stores: readonly Store[], wiring: StoreWiring): readonly Dialect[] {
  const byKind = new Map(stores.map((store) => [store.kind, store]));
  const [azure, gcp, vault] = ["azure", "gcp", "vault"].map((kind) => byKind.get(kind));
  if (azure === undefined || gcp === undefined || vault === undefined) return [];
  const settings = layerSettings(
    layerSettings(noVaultSettings, environmentSettings(wiring.env)),
    flagSettings(wiring.setting),
  );
  return [
    createAzureDialect(azure, azureSettings(wiring.setting, wiring.env)),
    createGcpDialect(gcp, gcpSettings(wiring.setting, wiring.env)),
    createVaultDialect({ store: vault, hmacKey: wiring.hmacKey, settings, readTls: readTls(wiring) }),
  ];
}

function readTls({ readFile, readFolder }: StoreWiring) {
  return { file: readFile, folder: readFolder };
}

function gcpWiring({ send, outside, readFile, kube, env, setting, loggedIn }: StoreWiring): GcpIdentityWiring {
  const settings = gcpSettings(setting, env);
  const userAgent = `${settings.userAgent} keyferry`.trim();
  return {
    call: createCall(send, outside, userAgent),
    outside,
    settings,
    loggedIn,
    kube: kube === undefined ? undefined : gcpKube(kube),
    readFile: async (path) => Buffer.from(await readFile(path)).toString("utf8"),
  };
}

function gcpKube(kube: KubeApi): GcpKube {
  return {
    serviceAccount: (namespace, name, signal) => readServiceAccount(kube, namespace, name, signal),
    podToken: async (pod, audience, signal) => ({
      token: await requestToken(kube, pod, [audience], signal),
      expiresAt: undefined,
    }),
  };
}
