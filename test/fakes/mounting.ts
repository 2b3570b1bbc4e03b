import { SharedThread } from "../../src/compute/shared-thread.ts";
import { InProcess } from "../../src/compute/in-process.ts";
import { createHttpClient } from "../../src/http/client.ts";
import { createKubeApi } from "../../src/kube/api.ts";
import { createHmacKeys } from "../../src/kube/hmac-key.ts";
import type { Send } from "../../src/http/send.ts";
import { Secret } from "../../src/model/secret.ts";
import type { MountResponse } from "../../src/model/request.ts";
import { readPodAnnotation } from "../../src/kube/pod-annotation.ts";
import { MountError } from "../../src/model/error.ts";
import type { ReadAnnotation } from "../../src/mount/annotation.ts";
import { mount } from "../../src/mount/mount.ts";
import { createKeyferryDialect } from "../../src/dialects/keyferry/index.ts";
import { workers } from "../../src/wiring/workers.ts";
import type { FakeKube } from "./kube.ts";
import { createLayer } from "./layer.ts";
import { podToken } from "./pod-token.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { connectedStores } from "./connected.ts";

/** A daemon without sockets: Mounts of every dialect, and a clock. */
export interface Mounting {
  readonly clock: VirtualClock;
  /** What the daemon does every half minute. */
  tend(): void;
  /** `attributes` may be their JSON. */
  mount(attributes: string | Readonly<Record<string, string>>, more?: MountMore): Promise<MountResponse>;
}

export interface MountMore {
  /** `vault` if left out. */
  readonly dialect?: string;
  /** JSON of the volume's nodePublishSecretRef. */
  readonly secrets?: string;
  readonly permission?: string;
  /** The pod's volume `secrets` if left out. */
  readonly targetPath?: string;
}

/** Wires everything as the daemon does; `settings` are those of its flags, `start` the clock's in milliseconds since 1970; stores send by `sendToStores`, `env` is the daemon's. */
export function createMounting(
  kube: FakeKube | undefined,
  settings: Readonly<Record<string, string>>,
  start?: number,
  sendToStores?: Send,
  env: Readonly<Record<string, string>> = {},
): Mounting {
  const clock = new VirtualClock(start);
  const { send } = createHttpClient();
  const access = {
    server: kube?.url ?? "",
    tls: {},
    namespace: "csi",
    token: () => Promise.resolve(undefined),
  };
  const api = kube === undefined ? undefined : createKubeApi(() => Promise.resolve(access), send);
  const hmacKey = createHmacKeys({
    api,
    outside: clock,
    secretName: settings["hmac-secret-name"],
    failed: () => undefined,
    processKey: Secret.fromText("process-key"),
  });
  const deps = {
    send: sendToStores ?? send,
    clock,
    kube: api,
    hmacKey,
  };
  const { stores, dialects: others, connectionOf, tend } = connectedStores(settings, { deps, env });
  const dialects = [createKeyferryDialect({ stores, operatorStores: [] }), ...others];
  const layer = createLayer(clock, { bounds: { entries: 100, bytes: 1 << 20 } });
  return {
    clock,
    tend,
    mount: (attributes, more = {}) => {
      const { permission = "420", secrets = "" } = more;
      const dialect = dialects.find(({ name }) => name === (more.dialect ?? "vault"));
      if (dialect === undefined) throw new Error("no dialect");
      const text = typeof attributes === "string" ? attributes : JSON.stringify(attributes);
      const uid = /"csi.storage.k8s.io\/pod.uid":"([^"]*)"/.exec(text)?.[1] ?? "";
      const targetPath = more.targetPath ?? targetPathOf(uid);
      const rules = { policy: { inlineStores: true, addresses: [], files: ["/"] }, makesTokens: api !== undefined };
      const readAnnotation: ReadAnnotation = (pod, name, signal) =>
        api === undefined
          ? Promise.reject(new MountError("not_configured", "no cluster"))
          : readPodAnnotation(api, pod, name, signal);
      const shared = {
        ...rules,
        readAnnotation,
        compute: new InProcess(workers),
        thread: new SharedThread(clock),
        layer,
        connectionOf,
        hmacKey,
        outside: clock,
      };
      return mount(
        { attributes: text, secrets, targetPath, permission },
        { signal: new AbortController().signal, deadline: undefined },
        { dialect, ...shared, timeout: 60_000, maxBytes: 4 << 20 },
        {},
      );
    },
  };
}

/** Where kubelet has the driver mount a pod's volume. */
export function targetPathOf(uid: string, volume = "secrets"): string {
  return `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~csi/${volume}/mount`;
}

/** Attributes of a pod's volume, with the manifest's parameters. */
export function attributesOf(parameters: Readonly<Record<string, string>>, pod = "web-0"): Record<string, string> {
  return {
    "csi.storage.k8s.io/pod.name": pod,
    "csi.storage.k8s.io/pod.namespace": "shop",
    "csi.storage.k8s.io/pod.uid": `uid-${pod}`,
    "csi.storage.k8s.io/serviceAccount.name": "web",
    "csi.storage.k8s.io/serviceAccount.tokens": JSON.stringify({ vault: { token: podToken(pod) } }),
    ...parameters,
  };
}

/** Files as text by path. */
export function textsOf({ files }: MountResponse): Readonly<Record<string, string>> {
  return Object.fromEntries(files.map(({ path, content }) => [path, content.revealText()]));
}
