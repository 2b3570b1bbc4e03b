import type { KubeApi, KubeObject } from "./api.ts";
import type { ClusterState } from "./state.ts";

/** Name of the one volume that these pods have. */
export const volumeName = "secrets";

export interface PodSettings {
  readonly name: string;
  readonly namespace: string;
  readonly secretProviderClass: string;
  readonly serviceAccount?: string;
  /** Further volumeAttributes. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Name of the Secret for nodePublishSecretRef. */
  readonly secret?: string;
}

/** A pod with one container, which does nothing, and one volume of the driver. */
export function podWithVolume(state: ClusterState, settings: PodSettings): KubeObject {
  const { name, namespace, secretProviderClass, serviceAccount = "default", attributes = {}, secret } = settings;
  const csi = {
    driver: "secrets-store.csi.k8s.io",
    readOnly: true,
    volumeAttributes: { secretProviderClass, ...attributes },
    ...(secret === undefined ? {} : { nodePublishSecretRef: { name: secret } }),
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      nodeName: state.node,
      serviceAccountName: serviceAccount,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      tolerations: [{ operator: "Exists" }],
      containers: [
        {
          name: "app",
          image: "registry.example.com/app:1",
          volumeMounts: [{ name: volumeName, mountPath: "/mnt/secrets", readOnly: true }],
        },
      ],
      volumes: [{ name: volumeName, csi }],
    },
  };
}

/** A SecretProviderClass. */
export function secretProviderClass(
  namespace: string,
  name: string,
  provider: string,
  parameters: Readonly<Record<string, string>>,
  secretObjects?: readonly KubeObject[],
): KubeObject {
  return {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: { name, namespace },
    spec: { provider, parameters, ...(secretObjects === undefined ? {} : { secretObjects }) },
  };
}

/** A namespace with the service account that pods have unless they name one. Controllers do not run here. */
export async function makeNamespace(
  api: KubeApi,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
  await makeServiceAccount(api, name, "default");
}

export async function makeServiceAccount(api: KubeApi, namespace: string, name: string): Promise<void> {
  await api.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } });
}

/** A Secret of these texts. */
export function secretOf(namespace: string, name: string, data: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData: data };
}
