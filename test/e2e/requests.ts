import type { RawRequest } from "./raw-client.ts";

/** Codes that may leave a Mount. */
export const finalCodes: readonly number[] = [2, 3, 5, 7, 9, 13, 16];

export const tokensKey = "csi.storage.k8s.io/serviceAccount.tokens";

/** A token that must not appear anywhere. */
export const canaryToken = "eyJhbGciOiJSUzI1NiJ9.canary-token.c2ln";

export interface Volume {
  readonly address: string;
  /** Text of the `objects` parameter. */
  readonly objects?: string;
  readonly audience?: string;
  readonly pod?: string;
  readonly serviceAccount?: string;
  readonly tokens?: string;
  /** Further attributes, or `undefined` to leave one out. */
  readonly more?: Readonly<Record<string, string | undefined>>;
}

/** Attributes as the driver merges them, naming `db` unless told otherwise. */
export function attributesOf(volume: Volume): string {
  const { address, audience, pod = "web-0", serviceAccount = "web", tokens } = volume;
  const store = { name: "backend", kind: "stub", address, ...(audience === undefined ? {} : { audience }) };
  return JSON.stringify({
    "csi.storage.k8s.io/ephemeral": "true",
    "csi.storage.k8s.io/pod.name": pod,
    "csi.storage.k8s.io/pod.namespace": "shop",
    "csi.storage.k8s.io/pod.uid": `uid-of-${pod}`,
    "csi.storage.k8s.io/serviceAccount.name": serviceAccount,
    ...(tokens === undefined ? {} : { [tokensKey]: tokens }),
    objects: volume.objects ?? "- objectName: db\n",
    secretProviderClass: "web-secrets",
    stores: JSON.stringify([store]),
    ...volume.more,
  });
}

/** A Mount as driver 1.6 sends it. */
export function mountRequest(volume: Volume, change: RawRequest = {}): RawRequest {
  const pod = volume.pod ?? "web-0";
  return {
    attributes: attributesOf(volume),
    secrets: "null",
    target_path: `/var/lib/kubelet/pods/uid-of-${pod}/volumes/kubernetes.io~csi/secrets/mount`,
    permission: "420",
    ...change,
  };
}

/** An `objects` parameter that lists these names. */
export function listing(...names: readonly string[]): string {
  return names.map((name) => `- objectName: ${JSON.stringify(name)}\n`).join("");
}
