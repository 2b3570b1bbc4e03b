import type { Outcome } from "../model/outcome.ts";
import type { ObjectRead } from "../model/read.ts";
import type { Session } from "../model/session.ts";
import type { StoreConnection, StoreDescription } from "../model/store.ts";
import type { ByteAccount } from "./bytes.ts";
import type { Caller } from "./endpoints.ts";

/** A store as the layer sees it. */
export interface FetchSource {
  readonly kind: string;
  readonly description: StoreDescription;
  readonly connection: StoreConnection;
}

/** What one volume wants of one session. */
export interface Order {
  readonly source: FetchSource;
  readonly session: Session<unknown>;
  readonly reads: readonly ObjectRead[];
  /** Identifies the volume; empty when the caller is none, and then always seen for the first time. */
  readonly volume: string;
  /** Of the Mount, by the monotonic clock. */
  readonly deadline: number;
  /** What the Mount holds in memory. */
  readonly bytes: ByteAccount;
  /** The manifest's own refresh interval in ms; the shortest allowed counts if it is shorter. */
  readonly interval?: number;
}

/** Which rule answered: asked the store for it, shared an answer or a fetch under way, or answered from before an outage. */
export type Source = "fetched" | "shared" | "stale";

/** What became of one read. */
export interface Answer {
  readonly outcome: Outcome;
  readonly source: Source;
}

/** Reports what happens, by store kind; for metrics and logs. */
export interface FetchObserver {
  answered(kind: string, source: Source | "refused", outcome: Outcome): void;
  throttled(kind: string): void;
}

/** Identifies a pod; one that the driver did not name has none of its own. */
export function podName({ session: { pod } }: Order): string {
  return `${pod.namespace}/${pod.name}/${pod.uid}`;
}

/** Who asks for these reads, and where. */
export function callerOf(order: Order, reads: readonly ObjectRead[]): Caller {
  const { source, session, volume } = order;
  const { kind, description } = source;
  const sessionQuota = reads[0]?.quota ?? "";
  return {
    kind,
    endpoint: endpointOf(order, reads),
    namespace: session.pod.namespace,
    session: session.key,
    volume,
    quota: description.quota === "" ? undefined : [kind, description.quota, sessionQuota].join("\0"),
    sessionQuota,
    objects: reads.map(({ key }) => key),
  };
}

/**
 * The name of what is asked. Who set up TLS otherwise is at another endpoint: its refusals say nothing of the operator's.
 * A store without addresses asks whatever a document's keys are at, so each document is an endpoint of its namespace.
 */
function endpointOf({ source, session }: Order, reads: readonly ObjectRead[]): string {
  const { addresses, endpoints } = source.description;
  if (addresses.length === 0) return JSON.stringify([source.kind, session.pod.namespace, reads[0]?.key ?? ""]);
  const described = endpoints.map((one) => [
    one.address,
    one.ca,
    one.caFile,
    one.caFolder,
    one.addsCa,
    one.serverName,
    one.insecure,
  ]);
  return JSON.stringify([source.kind, addresses, described]);
}
