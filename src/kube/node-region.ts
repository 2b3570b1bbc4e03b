import { MountError } from "../model/error.ts";
import { fieldOf, refusalOf, type KubeApi } from "./api.ts";

/** Name of the node that a pod is on. Rejects with MountError, `object_not_found` where there is no such pod. */
export async function readPodNode(api: KubeApi, namespace: string, name: string, signal: AbortSignal): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  const answer = await api.call({ method: "GET", path }, signal);
  if (answer.status === 404) {
    throw new MountError("object_not_found", `pods ${JSON.stringify(name)} not found in ${namespace}`);
  }
  if (answer.status !== 200) throw refusalOf(answer, "read pods", '"get" on pods');
  const node = fieldOf(fieldOf(answer.json, "spec"), "nodeName");
  return typeof node === "string" ? node : "";
}

/** Labels of a node. Rejects with MountError, `object_not_found` where there is no such node. */
export async function readNodeLabels(
  api: KubeApi,
  name: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const answer = await api.call({ method: "GET", path: `/api/v1/nodes/${encodeURIComponent(name)}` }, signal);
  if (answer.status === 404) throw new MountError("object_not_found", `nodes ${JSON.stringify(name)} not found`);
  if (answer.status !== 200) throw refusalOf(answer, "read nodes", '"get" on nodes');
  const labels = fieldOf(fieldOf(answer.json, "metadata"), "labels");
  const entries = typeof labels === "object" && labels !== null ? Object.entries(labels) : [];
  return new Map(entries.flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])));
}
