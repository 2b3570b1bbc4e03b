import { BoundedMap } from "../../model/bounded-map.ts";
import { MountError } from "../../model/error.ts";
import type { Clock } from "../../model/clock.ts";
import type { Pod } from "../../model/pod.ts";
import { SharedWork } from "../single-flight.ts";
import type { AwsKube } from "./kube.ts";

/** The region of the node that a pod runs on. Rejects with MountError. */
export type FindRegion = (pod: Pod, signal: AbortSignal) => Promise<string>;

const label = "topology.kubernetes.io/region";

/** How long a node's region is taken for unchanged, in milliseconds; a node never moves, but its name may be used again. */
const cachedFor = 3_600_000;

/** Maximum number of pods and of nodes cached; above that all are forgotten. */
const maxCached = 2_000;

/** Asks the cluster once for each pod and node; equal questions under way are one. */
export function createFindRegion(kube: AwsKube | undefined, clock: Clock): FindRegion {
  const nodes = createCache(clock);
  const regions = createCache(clock);
  return async (pod, signal) => {
    if (kube === undefined) throw noRegion("no cluster is asked for the node's");
    const key = `${pod.namespace}/${pod.name}/${pod.uid}`;
    const node = await nodes(key, signal, (inner) => kube.podNode(pod.namespace, pod.name, inner));
    if (node === "") throw noRegion(`pod ${pod.namespace}/${pod.name} is on no node`);
    const region = await regions(node, signal, async (inner) => (await kube.nodeLabels(node, inner)).get(label) ?? "");
    if (region === "") throw noRegion(`node ${node} has no label ${label}`);
    return region;
  };
}

function noRegion(why: string): MountError {
  return new MountError(
    "not_configured",
    `no region: none in parameters, none for the daemon (setting aws-region), and ${why}; set one of them`,
  );
}

type Cached = (key: string, signal: AbortSignal, read: (signal: AbortSignal) => Promise<string>) => Promise<string>;

/** Empty answers are not cached: a label may be added. */
function createCache(clock: Clock): Cached {
  const known = new BoundedMap<string, { readonly text: string; readonly until: number }>(maxCached);
  const reads = new SharedWork<string>();
  return async (key, signal, read) => {
    const found = known.get(key);
    if (found !== undefined && clock.monotonic() < found.until) return found.text;
    const text = await reads.run(key, signal, (inner) =>
      read(inner).catch((thrown: unknown) => {
        const { reason, message } = MountError.from(thrown);
        throw reason === "object_not_found" ? noRegion(message) : thrown;
      }),
    );
    if (text !== "") known.set(key, { text, until: clock.monotonic() + cachedFor });
    return text;
  };
}
