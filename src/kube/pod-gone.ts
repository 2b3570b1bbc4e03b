import type { Pod } from "../model/pod.ts";
import { fieldOf, refusalOf, type KubeApi } from "./api.ts";

/**
 * Whether the cluster has no such pod any more: none of its name, or another one. What has no uid was no pod, and is never
 * gone. Rejects with MountError.
 */
export async function isPodGone(api: KubeApi, { namespace, name, uid }: Pod, signal: AbortSignal): Promise<boolean> {
  if (uid === "") return false;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  const answer = await api.call({ method: "GET", path }, signal);
  if (answer.status === 404) return true;
  if (answer.status !== 200) throw refusalOf(answer, `read pod ${namespace}/${name}`, '"get" on pods');
  const found = fieldOf(fieldOf(answer.json, "metadata"), "uid");
  return typeof found === "string" && found !== uid;
}
