import { MountError } from "../model/error.ts";
import { fieldOf, refusalOf, type KubeApi } from "./api.ts";

/** One thing that a role may allow. */
export interface Permission {
  readonly verb: string;
  /** API group; empty for the core one. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Every namespace, where left out. */
  readonly namespace?: string;
  readonly name?: string;
}

/** Asks the API whether it would allow this to us, which everybody whom it knows may ask. Rejects with MountError. */
export async function isAllowed(api: KubeApi, permission: Permission, signal: AbortSignal): Promise<boolean> {
  const answer = await api.call(
    {
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: permission },
      },
    },
    signal,
  );
  if (answer.status !== 200 && answer.status !== 201) {
    throw refusalOf(answer, "ask what it may", '"create" on selfsubjectaccessreviews');
  }
  const allowed = fieldOf(fieldOf(answer.json, "status"), "allowed");
  if (typeof allowed === "boolean") return allowed;
  throw new MountError("store_protocol", "the Kubernetes API answered a SelfSubjectAccessReview without a verdict");
}
