import { MountError } from "../model/error.ts";
import { fieldOf, refusalOf, type KubeApi } from "./api.ts";

/** Most pages of a list that are read. */
const mostPages = 20;

/** The Secrets of a namespace that have a label, as the JSON of a `List`. Rejects with MountError. */
export async function listSecrets(
  api: KubeApi,
  namespace: string,
  label: string,
  signal: AbortSignal,
): Promise<string> {
  const items: unknown[] = [];
  let next = "";
  for (let page = 0; page < mostPages; page += 1) {
    const query = new URLSearchParams({
      labelSelector: label,
      limit: "50",
      ...(next === "" ? {} : { continue: next }),
    });
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets?${query.toString()}`;
    const answer = await api.call({ method: "GET", path }, signal);
    const what = `list the Secrets of namespace ${namespace}`;
    if (answer.status !== 200) throw refusalOf(answer, what, '"list" on secrets there');
    const found = fieldOf(answer.json, "items");
    if (!Array.isArray(found))
      throw new MountError("store_protocol", `the Kubernetes API gave no list when asked to ${what}`);
    items.push(...(found as readonly unknown[]));
    const token = fieldOf(fieldOf(answer.json, "metadata"), "continue");
    if (typeof token !== "string" || token === "") return JSON.stringify({ kind: "List", items });
    next = token;
  }
  throw new MountError("store_protocol", `namespace ${namespace} has more key Secrets than are read`);
}
