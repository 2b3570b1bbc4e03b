import { MountError } from "../model/error.ts";
import { fieldOf, refusalOf, type KubeApi } from "./api.ts";

/** The parts of a CSIDriver object that decide what the driver tells a provider. */
export interface CsiDriver {
  /** Audiences of `tokenRequests`; the empty one stands for the cluster's own. */
  readonly audiences: readonly string[];
  readonly podInfoOnMount: boolean;
  readonly requiresRepublish: boolean;
  /** Whether a pod may name such a volume itself. */
  readonly ephemeral: boolean;
}

/** Reads a CSIDriver object: undefined where there is none, `forbidden` where the role is lacking. Rejects with MountError. */
export async function readCsiDriver(
  api: KubeApi,
  name: string,
  signal: AbortSignal,
): Promise<CsiDriver | "forbidden" | undefined> {
  const path = `/apis/storage.k8s.io/v1/csidrivers/${encodeURIComponent(name)}`;
  const answer = await api.call({ method: "GET", path }, signal);
  if (answer.status === 403) return "forbidden";
  const isObject = fieldOf(answer.json, "kind") === "CSIDriver";
  // Any other 404 is one of something that is not the Kubernetes API.
  if (answer.status === 404 && fieldOf(answer.json, "kind") === "Status") return undefined;
  if (answer.status !== 200) throw refusalOf(answer, "read the CSIDriver object", '"get" on csidrivers');
  if (!isObject) throw new MountError("store_protocol", "the Kubernetes API answered without a CSIDriver object");
  const spec = fieldOf(answer.json, "spec");
  const [requests, modes] = [listOf(spec, "tokenRequests"), listOf(spec, "volumeLifecycleModes")];
  return {
    audiences: requests.flatMap((request) => {
      const audience = fieldOf(request, "audience") ?? "";
      return typeof audience === "string" ? [audience] : [];
    }),
    podInfoOnMount: fieldOf(spec, "podInfoOnMount") === true,
    requiresRepublish: fieldOf(spec, "requiresRepublish") === true,
    ephemeral: modes.includes("Ephemeral"),
  };
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = fieldOf(value, name);
  return Array.isArray(list) ? (list as readonly unknown[]) : [];
}
