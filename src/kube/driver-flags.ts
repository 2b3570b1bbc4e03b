import { fieldOf, refusalOf, type KubeApi } from "./api.ts";

/** The label that the driver's chart and manifests give its pods. */
const labels = "app in (secrets-store-csi-driver,csi-secrets-store)";

/**
 * The command-line flags of the driver's containers, as its DaemonSets have them: values by name, without dashes.
 * Undefined where no DaemonSet has the driver's label, `forbidden` where the role may not list them. Rejects with
 * MountError.
 */
export async function readDriverFlags(
  api: KubeApi,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string> | "forbidden" | undefined> {
  const path = `/apis/apps/v1/daemonsets?labelSelector=${encodeURIComponent(labels)}`;
  const answer = await api.call({ method: "GET", path }, signal);
  if (answer.status === 403) return "forbidden";
  if (answer.status !== 200) throw refusalOf(answer, "list the driver's DaemonSets", '"list" on daemonsets');
  const items = listOf(answer.json, "items");
  if (items.length === 0) return undefined;
  const words = items
    .map((item) => fieldOf(fieldOf(fieldOf(item, "spec"), "template"), "spec"))
    .flatMap((spec) => listOf(spec, "containers"))
    .flatMap((container) => [...listOf(container, "command"), ...listOf(container, "args")]);
  return new Map(words.flatMap(flagOf));
}

/** `--name=value`, the form that the driver's chart writes. */
function flagOf(word: unknown): readonly (readonly [string, string])[] {
  const match = typeof word === "string" ? /^--?([a-z][a-z-]*)=(.*)$/s.exec(word) : null;
  return match === null ? [] : [[match[1] ?? "", match[2] ?? ""]];
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = fieldOf(value, name);
  return Array.isArray(list) ? list : [];
}
