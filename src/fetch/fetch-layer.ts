import { MountError } from "../model/error.ts";
import type { Failed, Outcome } from "../model/outcome.ts";
import type { Clock } from "../model/clock.ts";
import type { Session } from "../model/session.ts";
import type { ObjectRead } from "../model/read.ts";
import type { StoreConnection, StoreDescription } from "../model/store.ts";
import { attempt } from "./attempts.ts";
import { Endpoint } from "./endpoint.ts";
import { startFlights, type Flight } from "./flight.ts";
import { KeptAnswers, type KeptAnswer, type KeptBounds } from "./kept-answers.ts";
import { Volumes } from "./volumes.ts";

/** How old an answer may be, in milliseconds. */
export interface Freshness {
  /** For a volume that is mounted already. */
  readonly interval: number;
  /** The shortest interval that a manifest may set for itself. */
  readonly minInterval: number;
  /** For a volume not seen before. */
  readonly firstMount: number;
  /** While the store fails; 0 = never. */
  readonly staleOnError: number;
}

/** Which rule answered: asked the store for it, shared an answer or a fetch under way, or answered from before an outage. */
export type Source = "fetched" | "shared" | "stale";

export interface Answer {
  readonly outcome: Outcome;
  readonly source: Source;
}

/** Told what happens, by store kind; for metrics and logs. */
export interface FetchObserver {
  answered(kind: string, source: Source | "refused", outcome: Outcome): void;
  throttled(kind: string): void;
}

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
  /** Of the Mount, in milliseconds since 1970. */
  readonly deadline: number;
  /** The manifest's own refresh interval, in milliseconds; the shortest allowed counts if it is shorter. */
  readonly interval?: number;
}

export interface FetchLayerOptions {
  readonly outside: Clock;
  readonly freshness: Freshness;
  readonly bounds: KeptBounds;
  readonly observer: FetchObserver;
}

/** With an answer from before the outage at hand, so many milliseconds are enough to wait for a new one. */
const patience = 10_000;

/** Fewest milliseconds without a Mount after which a volume counts as gone: several of kubelet's republish rounds. */
const leastForget = 10 * 60_000;

/**
 * Between the Mount path and all stores: equal fetches are one, answers are shared within a session and no further, a
 * failing or throttling store is asked less, and an outage need not reach the volumes that are mounted.
 */
export class FetchLayer {
  readonly #outside: Clock;
  readonly #freshness: Freshness;
  readonly #observer: FetchObserver;
  readonly #kept: KeptAnswers;
  readonly #volumes: Volumes;
  readonly #flights = new Map<string, Flight>();
  readonly #endpoints = new Map<string, Endpoint>();

  constructor(options: FetchLayerOptions) {
    this.#outside = options.outside;
    this.#freshness = options.freshness;
    this.#observer = options.observer;
    this.#kept = new KeptAnswers(options.bounds);
    this.#volumes = new Volumes(Math.max(leastForget, 5 * options.freshness.interval));
  }

  /** One answer for each read, in order. Rejects with the signal's reason only. */
  async fetch(order: Order, signal: AbortSignal): Promise<readonly Answer[]> {
    const arrived = this.#outside.now();
    const oldest = this.#oldest(order, arrived);
    const answers: Promise<Answer>[] = [];
    const missing: number[] = [];
    order.reads.forEach((read, index) => {
      const answer = this.#withoutAsking(order, read, oldest, signal);
      if (answer === undefined) missing.push(index);
      else answers[index] = answer;
    });
    for (const chunk of this.#chunks(order, missing)) {
      const flights = this.#start(order, chunk);
      chunk.forEach((index, at) => {
        const flight = flights[at];
        if (flight !== undefined) answers[index] = this.#await(order, index, flight, "fetched", signal);
      });
    }
    const settled = await Promise.all(answers);
    const delayed = settled.some(({ outcome }) => outcome.kind === "failed" && outcome.error.transient);
    if (delayed && order.volume !== "") this.#volumes.delayed(order.volume, arrived);
    for (const { outcome, source } of settled) {
      this.#observer.answered(order.source.kind, outcome.kind === "failed" ? "refused" : source, outcome);
    }
    return settled;
  }

  /** Records that a volume was mounted, so that its next Mount is a repeated one. */
  mounted(volume: string): void {
    if (volume !== "") this.#volumes.mounted(volume, this.#outside.now());
  }

  /** Forgets volumes that are gone and answers that no volume asks for any more. To be called now and then. */
  sweep(): void {
    const now = this.#outside.now();
    this.#volumes.sweep(now);
    this.#kept.dropUnused(now - leastForget);
    for (const [name, endpoint] of this.#endpoints) if (endpoint.idle) this.#endpoints.delete(name);
  }

  /** How many addresses of each kind of store are left alone because they fail; 0 for those that are not. */
  openCircuits(): ReadonlyMap<string, number> {
    const open = new Map<string, number>();
    for (const [name, endpoint] of this.#endpoints) {
      const [kind = ""] = name.split(" ", 1);
      open.set(kind, (open.get(kind) ?? 0) + (endpoint.open ? 1 : 0));
    }
    return open;
  }

  /** What is in memory, for metrics. */
  get size(): { readonly answers: number; readonly bytes: number; readonly volumes: number } {
    return { answers: this.#kept.size, bytes: this.#kept.bytes, volumes: this.#volumes.size };
  }

  /** The earliest moment from which an answer may be. */
  #oldest(order: Order, now: number): number {
    const { firstMount, minInterval } = this.#freshness;
    const interval = order.interval === undefined ? this.#freshness.interval : Math.max(order.interval, minInterval);
    if (this.#volumes.isMounted(order.volume, now)) return now - interval;
    // What an earlier try of the same first mount got is new enough: a throttling store must not be asked again for it.
    const began = this.#volumes.beganAt(order.volume, now);
    return Math.max(began - firstMount, now - Math.max(interval, firstMount));
  }

  /** A kept answer or a fetch under way that is new enough. */
  #withoutAsking(order: Order, read: ObjectRead, oldest: number, signal: AbortSignal): Promise<Answer> | undefined {
    const kept = this.#kept.get(order.session.key, read.key, this.#outside.now());
    if (kept !== undefined && kept.asOf >= oldest) return Promise.resolve({ outcome: kept.found, source: "shared" });
    const flight = this.#flights.get(flightName(order, read));
    if (flight === undefined || flight.deserted || (flight.asOf ?? oldest) < oldest) return undefined;
    return this.#await(order, order.reads.indexOf(read), flight, "shared", signal);
  }

  #chunks(order: Order, missing: readonly number[]): readonly (readonly number[])[] {
    const size = order.source.connection.batchSize;
    const chunks: number[][] = [];
    const open = new Map<boolean, number[]>();
    for (const index of missing) {
      const repeatable = order.reads[index]?.repeatable ?? false;
      const chunk = open.get(repeatable);
      if (chunk !== undefined && chunk.length < size) chunk.push(index);
      else {
        const fresh = [index];
        open.set(repeatable, fresh);
        chunks.push(fresh);
      }
    }
    return chunks;
  }

  #start(order: Order, chunk: readonly number[]): readonly Flight[] {
    const { source, session } = order;
    const reads = chunk.flatMap((index) => order.reads[index] ?? []);
    const asOf = reads.map((): number | undefined => undefined);
    const starter = { pod: podName(session.pod), until: order.deadline };
    const flights = startFlights(asOf, starter, async (signal, giveUpAt) => {
      const call = {
        connection: source.connection,
        session,
        refs: reads.map(({ ref }) => ref),
        asOf,
        repeatable: reads.every(({ repeatable }) => repeatable),
        endpoint: this.#endpoint(order),
        owner: order.volume,
        patient: !this.#volumes.isMounted(order.volume, this.#outside.now()),
        giveUpAt,
        throttled: () => {
          this.#observer.throttled(source.kind);
        },
      };
      try {
        const outcomes = await attempt(call, this.#outside, signal);
        outcomes.forEach((outcome, at) => {
          this.#learn(order, chunk[at] ?? 0, outcome, asOf[at] ?? 0);
        });
        return outcomes;
      } finally {
        reads.forEach((one, at) => {
          const name = flightName(order, one);
          if (this.#flights.get(name) === flights[at]) this.#flights.delete(name);
        });
      }
    });
    reads.forEach((one, at) => {
      const flight = flights[at];
      if (flight !== undefined) this.#flights.set(flightName(order, one), flight);
    });
    return flights;
  }

  /** Keeps what was found; forgets what the store now denies, so that no outage can bring it back. */
  #learn(order: Order, index: number, outcome: Outcome, asOf: number): void {
    const { key } = order.session;
    const read = order.reads[index];
    const refKey = read?.key ?? "";
    if (outcome.kind === "failed" && outcome.error.transient) return;
    if (outcome.kind !== "found") this.#kept.delete(key, refKey);
    else if (outcome.owned !== true && read?.share === "cached") {
      this.#kept.set(key, refKey, { found: outcome, asOf }, this.#outside.now());
    }
    if (outcome.kind === "failed" && outcome.error.reason === "identity_rejected") this.#kept.deleteSession(key);
  }

  async #await(order: Order, index: number, flight: Flight, source: Source, signal: AbortSignal): Promise<Answer> {
    const stale = this.#stale(order, index);
    const outcome = await this.#landed(flight, order, stale, signal);
    // What was made for the starter alone is not given to another pod.
    const foreign = outcome.kind === "found" && outcome.owned === true && flight.pod !== podName(order.session.pod);
    if (foreign) return this.#alone(order, index, signal);
    if (outcome.kind !== "failed") return { outcome: copyOf(outcome), source };
    if (outcome.error.transient && stale !== undefined) return { outcome: stale.found, source: "stale" };
    // The starter's token was refused: it is another pod's, so this one is tried on its own.
    if (source === "shared" && isIdentity(outcome)) return this.#alone(order, index, signal);
    return { outcome, source };
  }

  #alone(order: Order, index: number, signal: AbortSignal): Promise<Answer> {
    const [flight] = this.#start(order, [index]);
    if (flight === undefined) throw new MountError("internal", "no fetch was started");
    return this.#await(order, index, flight, "fetched", signal);
  }

  /** The flight's outcome; with a stale answer at hand, an outage-like failure once patience is over. */
  async #landed(flight: Flight, order: Order, stale: KeptAnswer | undefined, signal: AbortSignal): Promise<Outcome> {
    if (stale === undefined) return flight.join(signal, order.deadline);
    const enough = new AbortController();
    const timer = this.#outside
      .sleep(patience, enough.signal)
      .then((): Outcome => ({ kind: "failed", error: new MountError("store_unavailable", "no answer in time") }));
    timer.catch(() => undefined);
    try {
      return await Promise.race([flight.join(AbortSignal.any([signal, enough.signal]), order.deadline), timer]);
    } finally {
      enough.abort(new MountError("cancelled", "answered from before"));
    }
  }

  #stale(order: Order, index: number): KeptAnswer | undefined {
    const { staleOnError } = this.#freshness;
    if (staleOnError === 0) return undefined;
    const now = this.#outside.now();
    const kept = this.#kept.get(order.session.key, order.reads[index]?.key ?? "", now);
    return kept !== undefined && now - kept.asOf <= staleOnError ? kept : undefined;
  }

  #endpoint(order: Order): Endpoint {
    const { kind, description } = order.source;
    const name = [kind, ...description.addresses].join(" ");
    const endpoint = this.#endpoints.get(name) ?? new Endpoint(this.#outside);
    this.#endpoints.set(name, endpoint);
    return endpoint;
  }
}

function flightName({ session }: Order, { key, share }: ObjectRead): string {
  const whose = share === "pod" ? podName(session.pod) : "";
  return `${session.key}\0${whose}\0${key}`;
}

/** Identifies a pod; one that the driver did not name has none of its own. */
function podName({ namespace, name, uid }: Session<unknown>["pod"]): string {
  return `${namespace}/${name}/${uid}`;
}

function isIdentity({ error }: Failed): boolean {
  return ["identity_rejected", "identity_refused", "identity_missing"].includes(error.reason);
}

function copyOf(outcome: Outcome): Outcome {
  return outcome.kind === "found" ? { ...outcome, value: outcome.value.copy() } : outcome;
}
