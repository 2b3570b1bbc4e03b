import type { ServiceAccount } from "../../kube/service-account.ts";
import type { Pod, Token } from "../../model/pod.ts";

/** What is asked of the Kubernetes API. Rejects with a MountError. */
export interface AwsKube {
  serviceAccount(namespace: string, name: string, signal: AbortSignal): Promise<ServiceAccount>;
  /** A token of the pod's service account, bound to the pod. */
  podToken(pod: Pod, audience: string, signal: AbortSignal): Promise<Token>;
  /** Name of the node that a pod is on; empty where it is on none yet. */
  podNode(namespace: string, name: string, signal: AbortSignal): Promise<string>;
  nodeLabels(name: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
}
