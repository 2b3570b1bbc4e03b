import type { Pod, PublishSecrets } from "../model/pod.ts";
import type { Secret } from "../model/secret.ts";
import type { ObjectVersion } from "../model/version.ts";
import type { MountRequest } from "../wire/provider.ts";
import { goJson, sortedByBytes } from "./go-json.ts";

/** Who calls the provider: the driver by its minor version (1.3 and 1.5 stand for all up to 1.5), or the sync controller. */
export type Caller = "1.3" | "1.5" | "1.6" | "sync-controller";

/** A service-account token as kubelet hands it over. */
export interface KubeletToken {
  readonly token: Secret;
  /** RFC 3339. */
  readonly expirationTimestamp: string;
}

/** One volume of one pod with all that kubelet and the driver know of it. */
export interface PodVolume {
  readonly spc: { readonly name: string; readonly parameters: ReadonlyMap<string, string> };
  readonly pod: Pod;
  /** What the pod's author wrote besides `secretProviderClass`; overrides parameters of the same name. */
  readonly volumeAttributes?: ReadonlyMap<string, string>;
  /** By audience; undefined or empty when the CSIDriver has no `tokenRequests`. */
  readonly tokens?: ReadonlyMap<string, KubeletToken>;
  /** CSIDriver `serviceAccountTokenInSecrets`: tokens also travel in the secrets. */
  readonly tokensInSecrets?: boolean;
  /** Data of the Secret that nodePublishSecretRef names; undefined without such a reference. */
  readonly secrets?: PublishSecrets;
  /** Default `/var/lib/kubelet`. */
  readonly kubeletRoot?: string;
  /** Name of the volume in the pod; default `secrets`. */
  readonly volumeName?: string;
}

const tokensKey = "csi.storage.k8s.io/serviceAccount.tokens";

/**
 * The request that a caller sends for a volume (nodeserver.go, NodePublishVolume; before 1.6 pkg/rotation/reconciler.go
 * for what follows the first mount). `mounted`: the versions of the volume's last answer; undefined at the first mount.
 */
export function buildMountRequest(volume: PodVolume, caller: Caller, mounted?: readonly ObjectVersion[]): MountRequest {
  const oldRotation = mounted !== undefined && (caller === "1.3" || caller === "1.5");
  const short = oldRotation || caller === "sync-controller";
  return {
    attributes: goJson(short ? shortAttributes(volume) : fullAttributes(volume)),
    secrets: secretsJson(volume, short),
    targetPath: caller === "sync-controller" ? "/mnt/secrets-store" : targetPath(volume),
    permission: "420",
    currentObjectVersion: oldRotation ? mounted.map(({ id, version }) => ({ id, version })) : [],
  };
}

/** Where kubelet mounts the volume on the node. */
export function targetPath({ pod, kubeletRoot = "/var/lib/kubelet", volumeName = "secrets" }: PodVolume): string {
  return `${kubeletRoot}/pods/${pod.uid}/volumes/kubernetes.io~csi/${volumeName}/mount`;
}

/** Why the driver would refuse a volume before it calls any provider; undefined when it would not. */
export function volumeProblem(provider: string, { spc }: PodVolume): string | undefined {
  if (spc.name === "") return "the SecretProviderClass has no name";
  if (provider === "") return "spec.provider is missing";
  if (!/^[a-zA-Z0-9_-]{1,30}$/.test(provider)) {
    return "spec.provider is not a provider name: up to 30 letters, digits, _ and -";
  }
  return spc.parameters.size === 0 ? "spec.parameters is empty; the driver wants at least one" : undefined;
}

/** Drivers up to 1.5 after the first mount, and the sync controller: no volume attributes at all. */
function shortAttributes(volume: PodVolume): ReadonlyMap<string, string> {
  return new Map([...volume.spc.parameters, ...podAttributes(volume.pod), ...tokenAttributes(volume)]);
}

function fullAttributes(volume: PodVolume): ReadonlyMap<string, string> {
  const { spc, pod, volumeAttributes = new Map<string, string>() } = volume;
  return new Map([
    ...spc.parameters,
    ...volumeAttributes,
    ["secretProviderClass", spc.name],
    ...podAttributes(pod),
    ["csi.storage.k8s.io/ephemeral", "true"],
    ...tokenAttributes(volume),
  ]);
}

function podAttributes({ name, namespace, uid, serviceAccount }: Pod): readonly (readonly [string, string])[] {
  return [
    ["csi.storage.k8s.io/pod.name", name],
    ["csi.storage.k8s.io/pod.namespace", namespace],
    ["csi.storage.k8s.io/pod.uid", uid],
    ["csi.storage.k8s.io/serviceAccount.name", serviceAccount],
  ];
}

function tokenAttributes({ tokens }: PodVolume): readonly (readonly [string, string])[] {
  if (tokens === undefined || tokens.size === 0) return [];
  const entries = sortedByBytes([...tokens]).map(([audience, { token, expirationTimestamp }]) => {
    const [jwt, expiry] = [goJson(token.revealText()), goJson(expirationTimestamp)];
    return `${goJson(audience)}:{"token":${jwt},"expirationTimestamp":${expiry}}`;
  });
  return [[tokensKey, `{${entries.join(",")}}`]];
}

function secretsJson(volume: PodVolume, short: boolean): string {
  const inSecrets = volume.tokensInSecrets === true && !short ? tokenAttributes(volume) : [];
  const own = [...(volume.secrets ?? [])].map(([name, value]) => [name, value.revealText()] as const);
  const all = new Map([...own, ...inSecrets]);
  if (volume.secrets === undefined && all.size === 0) return short ? "{}" : "null";
  return goJson(all);
}
