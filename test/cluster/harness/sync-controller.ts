import { simulateDriver, type Mounted } from "../../driver/simulator.ts";
import type { KubeletToken } from "../../../src/driver/request.ts";
import { Secret } from "../../../src/model/secret.ts";
import { at, type KubeApi, type KubeObject } from "./api.ts";
import type { ClusterState } from "./state.ts";

/** Folder of providers that the controller's chart mounts. */
export const syncProvidersFolder = "/run/secrets-store-sync-providers";

/** The controller's own pod, which it names in every request. */
const controllerPod = {
  name: "secrets-store-sync-controller-manager-7d9f",
  uid: "5a3c1f0e-0000-4000-8000-000000000001",
};

interface SecretSync {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: {
    readonly secretProviderClassName: string;
    readonly serviceAccountName: string;
    readonly secretObject: {
      readonly type: string;
      readonly data: readonly { readonly sourcePath: string; readonly targetKey: string }[];
    };
  };
}

/** What came of one reconciliation. */
export interface Synced {
  readonly mounted: Mounted;
  /** The Secret as the server has it now; undefined where the provider failed. */
  readonly secret: KubeObject | undefined;
}

/**
 * Does for one SecretSync what the secrets-store-sync-controller does (its internal/controller): a token of the service
 * account for each audience, bound to the node; the provider's answer to a request in the controller's own name; the
 * Secret by server-side apply, owned by the SecretSync.
 */
export async function reconcile(
  api: KubeApi,
  state: ClusterState,
  name: string,
  namespace: string,
  audiences: readonly string[],
): Promise<Synced> {
  const path = `/apis/secret-sync.x-k8s.io/v1alpha1/namespaces/${namespace}/secretsyncs/${name}`;
  const sync = (await api.do("GET", path)) as unknown as SecretSync;
  const { secretProviderClassName: className, serviceAccountName } = sync.spec;
  const classes = `/apis/secrets-store.csi.x-k8s.io/v1/namespaces/${namespace}/secretproviderclasses`;
  const spc = await api.do("GET", `${classes}/${className}`);
  const tokens = await Promise.all(
    audiences.map(async (audience) => [audience, await makeToken(api, state, sync, audience)] as const),
  );
  const provider = String(at(spc, "spec", "provider"));
  const caller = simulateDriver({
    socket: `${syncProvidersFolder}/${provider}.sock`,
    driver: "sync-controller",
    kubeletRoot: "/nowhere",
  });
  const mounted = await caller.firstMount({
    spc: { name: className, parameters: new Map(Object.entries(at(spc, "spec", "parameters") as Texts)) },
    pod: { ...controllerPod, namespace, serviceAccount: serviceAccountName },
    tokens: new Map(tokens),
  });
  return { mounted, secret: mounted.kind === "mounted" ? await writeSecret(api, sync, mounted) : undefined };
}

type Texts = Readonly<Record<string, string>>;

async function makeToken(
  api: KubeApi,
  state: ClusterState,
  { metadata, spec }: SecretSync,
  audience: string,
): Promise<KubeletToken> {
  const node = await api.do("GET", `/api/v1/nodes/${state.node}`);
  const path = `/api/v1/namespaces/${metadata.namespace}/serviceaccounts/${spec.serviceAccountName}/token`;
  const answer = await api.do("POST", path, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {
      audiences: [audience],
      expirationSeconds: 600,
      boundObjectRef: { apiVersion: "v1", kind: "Node", name: state.node, uid: at(node, "metadata", "uid") },
    },
  });
  return {
    token: Secret.fromText(String(at(answer, "status", "token"))),
    expirationTimestamp: String(at(answer, "status", "expirationTimestamp")),
  };
}

function writeSecret(
  api: KubeApi,
  { metadata, spec }: SecretSync,
  { answer }: Extract<Mounted, { kind: "mounted" }>,
): Promise<KubeObject> {
  const data = spec.secretObject.data.map(({ sourcePath, targetKey }) => {
    const file = answer.files.find(({ path }) => path === sourcePath);
    if (file === undefined) throw new Error(`the answer has no file ${sourcePath}`);
    return [targetKey, Buffer.from(file.contents).toString("base64")] as const;
  });
  const { name, namespace, uid } = metadata;
  return api.apply({
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name,
      namespace,
      labels: { "secrets-store.sync.x-k8s.io": "" },
      ownerReferences: [{ apiVersion: "secret-sync.x-k8s.io/v1alpha1", kind: "SecretSync", name, uid }],
    },
    type: spec.secretObject.type,
    data: Object.fromEntries(data),
  });
}
