import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../real/free-port.ts";
import { at, type KubeApi } from "./api.ts";
import { eventuallyTrue } from "./eventually.ts";
import { start } from "./process.ts";
import type { ClusterState, DriverVersion } from "./state.ts";

export interface DriverSettings {
  readonly version: DriverVersion;
  /** The driver's own switch, with its poll interval; off if left out. */
  readonly rotation?: string;
  /** Whether kubelet repeats mounts; as `rotation` if left out. */
  readonly republish?: boolean;
  /** Audiences of the tokens that kubelet hands over. */
  readonly audiences?: readonly string[];
  readonly flags?: readonly string[];
}

export interface RunningDriver {
  /** Everything it logged. */
  log(): string;
  /** Its metrics, as Prometheus reads them. */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

/** Where a pod finds its service account; /run belongs to this run alone. */
const inCluster = "/run/secrets/kubernetes.io/serviceaccount";

let started = 0;

/** A driver in the place where kubelet looks for it. One at a time. */
export async function startDriver(api: KubeApi, state: ClusterState, settings: DriverSettings): Promise<RunningDriver> {
  await setCsiDriver(api, settings);
  await giveServiceAccount(api, state);
  rmSync(state.csiSocket, { force: true });
  const port = await freePort();
  const { host } = new URL(state.server);
  const [address = "", serverPort = ""] = host.split(":");
  const rotation = settings.rotation === undefined ? [] : [`--rotation-poll-interval=${settings.rotation}`];
  started += 1;
  const child = start({
    program: join(state.programs.drivers[settings.version], "secrets-store-csi-driver"),
    arguments: [
      ...[`--endpoint=unix://${state.csiSocket}`, `--nodeid=${state.node}`, "-v=5"],
      ...["--provider-volume=/var/run/secrets-store-csi-providers", `--metrics-addr=127.0.0.1:${port}`],
      ...["--additional-provider-volume-paths=/etc/kubernetes/secrets-store-csi-providers"],
      ...[`--enable-secret-rotation=${settings.rotation !== undefined}`, ...rotation, ...(settings.flags ?? [])],
    ],
    env: {
      PATH: process.env["PATH"] ?? "",
      KUBERNETES_SERVICE_HOST: address,
      KUBERNETES_SERVICE_PORT: serverPort,
      KUBE_NODE_NAME: state.node,
    },
    folder: join(state.folder, "driver"),
    log: join(state.folder, "logs", `driver-${settings.version}-${process.pid}-${started}.log`),
  });
  const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  await eventuallyTrue(`driver ${settings.version} is ready`, async () => {
    if (child.ended() !== undefined) throw new Error(`it ended: ${child.output().slice(-2000)}`);
    return child.output().includes("Listening for connections") && (await metrics()) !== "";
  });
  await eventuallyTrue("kubelet knows the driver", async () => {
    const node = await api.get(`/apis/storage.k8s.io/v1/csinodes/${state.node}`);
    return JSON.stringify(at(node, "spec", "drivers") ?? []).includes("secrets-store.csi.k8s.io");
  });
  return { log: child.output, metrics, stop: child.stop };
}

async function setCsiDriver(api: KubeApi, settings: DriverSettings): Promise<void> {
  const path = "/apis/storage.k8s.io/v1/csidrivers/secrets-store.csi.k8s.io";
  const spec = {
    requiresRepublish: settings.republish ?? settings.rotation !== undefined,
    tokenRequests: (settings.audiences ?? []).map((audience) => ({ audience })),
  };
  await api.do("PATCH", path, { spec }, "application/merge-patch+json");
}

async function giveServiceAccount(api: KubeApi, state: ClusterState): Promise<void> {
  const path = "/api/v1/namespaces/kube-system/serviceaccounts/secrets-store-csi-driver/token";
  const answer = await api.do("POST", path, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: 86_400 },
  });
  writeFileSync(join(inCluster, "token"), String(at(answer, "status", "token")));
  writeFileSync(join(inCluster, "namespace"), "kube-system");
  copyFileSync(state.authority, join(inCluster, "ca.crt"));
}
