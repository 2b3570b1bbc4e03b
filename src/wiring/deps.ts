import { randomBytes } from "node:crypto";
import { createHttpClient } from "../http/client.ts";
import { proxiesOf } from "../http/proxy.ts";
import type { ListSecrets } from "../keys/material/secrets.ts";
import type { Keyring } from "../keys/contract.ts";
import type { KeyNetwork } from "../keys/network.ts";
import { createKubeApi, type KubeApi } from "../kube/api.ts";
import { createHmacKeys } from "../kube/hmac-key.ts";
import { inClusterAccess } from "../kube/in-cluster.ts";
import { kubeconfigAccess } from "../kube/kubeconfig.ts";
import { listSecrets } from "../kube/list-secrets.ts";
import { Lane, laneLimits } from "../compute/lane.ts";
import { hmacSecretNameSetting, kubeconfigSetting } from "../kube/settings.ts";
import type { LoginObserver } from "../model/login.ts";
import type { MountError } from "../model/error.ts";
import { Secret } from "../model/secret.ts";
import type { SettingValues } from "../model/setting.ts";
import type { StoreDeps } from "../stores/plugin.ts";
import type { Metering } from "./metering.ts";
import { backgroundClock, realClock } from "./runtime.ts";
import { readBounded, readFolder } from "./read-files.ts";

/** What the process around the stores is like. */
export interface Surroundings {
  /** Environment variables that are no settings of ours: proxies, and what kubelet sets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly settings: SettingValues;
  /** Whether the Kubernetes API may be asked: by the daemon only. */
  readonly cluster: boolean;
  /** Told why there is no key of object versions. */
  readonly noHmacKey?: (error: MountError) => void;
  readonly onLogin?: LoginObserver;
  /** Called after each piece of heavy work with its name and what became of it. */
  readonly onWork?: (job: string, outcome: string) => void;
}

/** Everything that stores take from the process; `meterOf` as the HTTP client takes it. */
export function createDeps(
  createKeys: (network: KeyNetwork) => Keyring,
  surroundings: Surroundings,
  meterOf: Metering["meterOf"],
): StoreDeps {
  const { env, settings, onLogin = () => undefined } = surroundings;
  const { send } = createHttpClient(proxiesOf(env), meterOf);
  // The cluster's own API is next door, whatever the way out of the cluster is.
  const kube = surroundings.cluster ? openKube(surroundings, createHttpClient().send) : undefined;
  const list: ListSecrets | undefined =
    kube === undefined ? undefined : (namespace, label, signal) => listSecrets(kube, namespace, label, signal);
  const compute = new Lane({
    clock: backgroundClock,
    limits: laneLimits,
    start: async () => (await import("./child-process.ts")).startChild(),
    ended: surroundings.onWork ?? (() => undefined),
  });
  const keyring = createKeys({ send, outside: realClock, listSecrets: list, loggedIn: onLogin, compute });
  const processKey = new Secret(randomBytes(32));
  const secretName = settings.has(hmacSecretNameSetting) ? settings.get(hmacSecretNameSetting) : undefined;
  const failed = surroundings.noHmacKey ?? (() => undefined);
  const hmacKey = createHmacKeys({ api: kube, outside: realClock, secretName, failed, processKey });
  return {
    keyring,
    send,
    clock: realClock,
    compute,
    readFile: readBounded,
    readFolder,
    kube,
    hmacKey,
    processKey,
    onLogin,
  };
}

/** The Kubernetes API as settings and environment say; undefined outside a cluster, where no kubeconfig is named. */
export function openKube(
  { env, settings }: Pick<Surroundings, "env" | "settings">,
  send: StoreDeps["send"],
): KubeApi | undefined {
  const file = settings.get(kubeconfigSetting);
  if (file !== "") return createKubeApi(() => kubeconfigAccess(file, readBounded), send);
  if ((env["KUBERNETES_SERVICE_HOST"] ?? "") === "") return undefined;
  return createKubeApi(() => inClusterAccess(env, readBounded), send);
}
