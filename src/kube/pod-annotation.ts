import { MountError } from "../model/error.ts";
import type { Pod } from "../model/pod.ts";
import { fieldOf, refusalOf, type KubeApi } from "./api.ts";

/**
 * An annotation of a pod as it is now; empty where the pod has none of that name. Rejects with MountError,
 * `object_not_found` where there is no such pod.
 */
export async function readPodAnnotation(
  api: KubeApi,
  { namespace, name }: Pick<Pod, "namespace" | "name">,
  annotation: string,
  signal: AbortSignal,
): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  const answer = await api.call({ method: "GET", path }, signal);
  if (answer.status === 404) {
    throw new MountError("object_not_found", `pods ${JSON.stringify(name)} not found in ${namespace}`);
  }
  if (answer.status !== 200) throw refusalOf(answer, "read pods", '"get" on pods');
  const text = fieldOf(fieldOf(fieldOf(answer.json, "metadata"), "annotations"), annotation);
  return typeof text === "string" ? text : "";
}
