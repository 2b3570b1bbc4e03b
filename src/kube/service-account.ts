import { MountError } from "../model/error.ts";
import { fieldOf, refusalOf, type KubeApi } from "./api.ts";

/** The parts of a service account that say who it is. */
export interface ServiceAccount {
  readonly uid: string;
  readonly annotations: ReadonlyMap<string, string>;
}

/** Reads a service account. Rejects with MountError, `object_not_found` where there is none. */
export async function readServiceAccount(
  api: KubeApi,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<ServiceAccount> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}`;
  const answer = await api.call({ method: "GET", path }, signal);
  if (answer.status === 404) {
    throw new MountError("object_not_found", `serviceaccounts ${JSON.stringify(name)} not found in ${namespace}`);
  }
  if (answer.status !== 200) throw refusalOf(answer, "read service accounts", '"get" on serviceaccounts');
  const metadata = fieldOf(answer.json, "metadata");
  const uid = fieldOf(metadata, "uid");
  const annotations = fieldOf(metadata, "annotations");
  const entries = typeof annotations === "object" && annotations !== null ? Object.entries(annotations) : [];
  return {
    uid: typeof uid === "string" ? uid : "",
    annotations: new Map(entries.flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : []))),
  };
}
