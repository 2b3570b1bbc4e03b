import { MountRequest } from "../../src/wire/provider.ts";

/** A Mount that an attacker sends. */
export interface Hostile {
  /** The socket: a dialect's name. */
  readonly socket: string;
  /** The manifest's parameters. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Attributes as the driver merges them, and the target that kubelet names. */
export function requestOf(
  parameters: Readonly<Record<string, string>>,
  { namespace, pod, account = "web" }: { readonly namespace: string; readonly pod: string; readonly account?: string },
): Uint8Array {
  const token = { token: `eyJhbGciOiJSUzI1NiJ9.${pod}.c2ln` };
  const attributes = {
    "csi.storage.k8s.io/ephemeral": "true",
    "csi.storage.k8s.io/pod.name": pod,
    "csi.storage.k8s.io/pod.namespace": namespace,
    "csi.storage.k8s.io/pod.uid": `uid-of-${namespace}-${pod}`,
    "csi.storage.k8s.io/serviceAccount.name": account,
    "csi.storage.k8s.io/serviceAccount.tokens": JSON.stringify({ vault: token, "api://AzureADTokenExchange": token }),
    secretProviderClass: "attack",
    ...parameters,
  };
  return MountRequest.encode({
    attributes: JSON.stringify(attributes),
    secrets: "null",
    targetPath: `/var/lib/kubelet/pods/uid-of-${namespace}-${pod}/volumes/kubernetes.io~csi/secrets/mount`,
    permission: "420",
  });
}
