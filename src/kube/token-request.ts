import { MountError } from "../model/error.ts";
import type { Pod } from "../model/pod.ts";
import { Secret } from "../model/secret.ts";
import { fieldOf, refusalOf, type KubeApi } from "./api.ts";

/** Life of a token that is used once, in seconds. The API's least is 600. */
const expirationSeconds = 900;

/** The same in milliseconds. */
export const requestedLife = expirationSeconds * 1000;

/**
 * Makes a token of the pod's service account, bound to the pod if it is one, for the audiences given; none means the
 * cluster's own audience. Rejects with MountError. See "TokenRequest" in the Kubernetes API reference, authentication.k8s.io/v1.
 */
export async function requestToken(
  api: KubeApi,
  pod: Pod,
  audiences: readonly string[],
  signal: AbortSignal,
): Promise<Secret> {
  const [namespace, account] = [pod.namespace, pod.serviceAccount].map(encodeURIComponent);
  const bound = { kind: "Pod", apiVersion: "v1", name: pod.name, uid: pod.uid };
  const answer = await api.call(
    {
      method: "POST",
      path: `/api/v1/namespaces/${namespace ?? ""}/serviceaccounts/${account ?? ""}/token`,
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { audiences, expirationSeconds, ...(pod.uid === "" ? {} : { boundObjectRef: bound }) },
      },
    },
    signal,
  );
  const what = `create a token of service account ${pod.namespace}/${pod.serviceAccount}`;
  if (answer.status >= 300) throw refusalOf(answer, what, '"create" on serviceaccounts/token');
  const token = fieldOf(fieldOf(answer.json, "status"), "token");
  if (typeof token === "string" && token !== "") return Secret.fromText(token);
  throw new MountError("store_protocol", `the Kubernetes API gave no token when asked to ${what}`);
}
