import type { Clock } from "../model/clock.ts";
import { MountError } from "../model/error.ts";
import type { Failed, Found, Outcome } from "../model/outcome.ts";
import type { ObjectRead } from "../model/read.ts";
import { attempt } from "./attempts.ts";
import type { ReadBytes } from "./bytes.ts";
import { heldBy, type AnswerCache, type CachedAnswer, type CacheKey } from "./cache.ts";
import type { Endpoints } from "./endpoints.ts";
import type { ExpectedSizes } from "./expected-sizes.ts";
import type { Failures } from "./failures.ts";
import { startFlights, type Flight } from "./flights.ts";
import { callerOf, podName, type Answer, type FetchObserver, type Order, type Source } from "./order.ts";
import type { Volumes } from "./volumes.ts";

/** What reads are made with; shared by all Mounts. */
export interface ReadingDeps {
  readonly clock: Clock;
  /** How old a value may be served while the store fails, in ms; 0 = never. */
  readonly staleOnError: number;
  readonly volumes: Volumes;
  readonly cache: AnswerCache;
  readonly endpoints: Endpoints;
  readonly sizes: ExpectedSizes;
  readonly failures: Failures;
  /** By the name of what is shared: session, view, pod where it is the pod's alone, read. */
  readonly flights: Map<string, Flight>;
  readonly observer: Pick<FetchObserver, "throttled">;
  readonly metered: <T>(bytes: ReadBytes, work: () => T) => T;
}

/** One order, by a pod that the store was asked about. */
export interface ProvenOrder {
  readonly order: Order;
  /** What the store shows of the pod; undefined where it may be given nothing. */
  readonly view: string | undefined;
  /** The earliest moment, by the monotonic clock, from which an answer may be. */
  readonly oldest: number;
  readonly signal: AbortSignal;
}

/** With an answer from before the outage at hand, it is enough to wait so many ms for a new one. */
const patience = 10_000;

/** One answer for each read, in order. Rejects with the signal's reason only. */
export async function readOrder(deps: ReadingDeps, proven: ProvenOrder): Promise<readonly Answer[]> {
  const reading = new Reading(deps, proven);
  const answers: Promise<Answer>[] = [];
  const missing: number[] = [];
  proven.order.reads.forEach((read, index) => {
    const answer = reading.known(read);
    if (answer === undefined) missing.push(index);
    else answers[index] = answer;
  });
  for (const chunk of chunksOf(proven.order, missing)) {
    const started = reading.start(chunk.flatMap((index) => proven.order.reads[index] ?? []));
    chunk.forEach((index, at) => {
      const answer = started[at];
      if (answer !== undefined) answers[index] = answer;
    });
  }
  return Promise.all(answers);
}

/** The answers for a pod that the store did not accept now: from before an outage, or the error. */
export function refuseOrder(deps: ReadingDeps, proven: ProvenOrder, error: MountError): readonly Answer[] {
  const reading = new Reading(deps, proven);
  return proven.order.reads.map((read) => {
    const stale = proven.view === undefined ? undefined : reading.staleCopy(read);
    return stale ?? { outcome: { kind: "failed", error }, source: "fetched" };
  });
}

/** Reads that go to the store in one call. */
function chunksOf({ source, reads }: Order, missing: readonly number[]): readonly (readonly number[])[] {
  const chunks: number[][] = [];
  const open = new Map<string, number[]>();
  for (const index of missing) {
    const kind = `${reads[index]?.repeatable ?? false} ${reads[index]?.quota ?? ""}`;
    const chunk = open.get(kind);
    if (chunk !== undefined && chunk.length < source.connection.batchSize) chunk.push(index);
    else {
      const fresh = [index];
      open.set(kind, fresh);
      chunks.push(fresh);
    }
  }
  return chunks;
}

/** The reads of one order. */
class Reading {
  readonly #deps: ReadingDeps;
  readonly #proven: ProvenOrder;

  constructor(deps: ReadingDeps, proven: ProvenOrder) {
    this.#deps = deps;
    this.#proven = proven;
  }

  /** From what is known or under way, where that is new enough. */
  known(read: ObjectRead): Promise<Answer> | undefined {
    const { clock, cache, failures, flights } = this.#deps;
    const { order, oldest } = this.#proven;
    const now = clock.monotonic();
    const failure = this.#isCarried ? failures.get(this.#keyOf(read), now) : undefined;
    if (failure !== undefined) return Promise.resolve({ outcome: failure, source: "shared" });
    const cached = cache.get(this.#keyOf(read), now);
    if (cached !== undefined && cached.asOf >= oldest) return this.#fromCache(read, cached);
    const flight = flights.get(this.#flightName(read));
    if (flight === undefined || flight.abandoned || (flight.asOf ?? oldest) < oldest) return undefined;
    return this.#await(read, flight, flight.pod === podName(order), "shared");
  }

  /** Asks the store for some reads in one call. */
  start(reads: readonly ObjectRead[]): readonly Promise<Answer>[] {
    const { order } = this.#proven;
    const bytes = order.bytes.read();
    const flights = this.#launch(reads, bytes);
    const answers = flights.flatMap((flight, at) => {
      const read = reads[at];
      return read === undefined ? [] : [this.#await(read, flight, true, "fetched")];
    });
    // What was read is the Mount's until it has its copy, or has left.
    void Promise.allSettled([...answers, ...flights.map(({ over }) => over)]).then(() => bytes.close());
    return answers;
  }

  /** A copy of the answer from before the outage, where one may be served and there is room for it at once. */
  staleCopy(read: ObjectRead): Answer | undefined {
    const stale = this.#stale(read);
    if (stale === undefined || !this.#proven.order.bytes.tryTake(stale.found.value.size)) return undefined;
    return { outcome: copyOf(stale.found), source: "stale" };
  }

  #launch(reads: readonly ObjectRead[], bytes: ReadBytes): readonly Flight[] {
    const { clock, endpoints, flights: underWay, volumes, observer, metered } = this.#deps;
    const { order } = this.#proven;
    const { source, session } = order;
    const asOf = reads.map((): number | undefined => undefined);
    const starter = { pod: podName(order), until: order.deadline };
    const flights = startFlights(asOf, starter, async (signal, giveUpAt) => {
      const ask = (positions: readonly number[], inner: AbortSignal) =>
        metered(bytes, () =>
          source.connection.fetch(
            positions.map((at) => reads[at]?.ref),
            session,
            inner,
          ),
        );
      const call = {
        caller: callerOf(order, reads),
        ask,
        asOf,
        repeatable: reads.every(({ repeatable }) => repeatable),
        retries: source.description.retries,
        patient: !volumes.isMounted(order.volume, clock.monotonic()),
        bytes,
        giveUpAt,
        onThrottled: () => observer.throttled(source.kind),
      };
      try {
        const outcomes = await attempt(call, endpoints, clock, signal);
        reads.forEach((read, at) => this.#learn(read, outcomes[at], asOf[at] ?? 0));
        return outcomes;
      } finally {
        reads.forEach((read, at) => {
          const name = this.#flightName(read);
          if (underWay.get(name) === flights[at]) underWay.delete(name);
        });
      }
    });
    reads.forEach((read, at) => {
      const flight = flights[at];
      if (flight !== undefined) underWay.set(this.#flightName(read), flight);
    });
    return flights;
  }

  /** Caches what was found; forgets what the store now denies, so that no outage can bring it back. */
  #learn(read: ObjectRead, outcome: Outcome | undefined, asOf: number): void {
    const { clock, cache, failures, sizes } = this.#deps;
    const { session, source } = this.#proven.order;
    const key = this.#keyOf(read);
    const now = clock.monotonic();
    if (outcome === undefined) return;
    if (this.#isCarried) failures.learn(key, outcome, now);
    if (outcome.kind === "failed" && outcome.error.transient) return;
    if (outcome.kind !== "found") cache.delete(key);
    else {
      sizes.learn(session.key, read.key, heldBy(outcome));
      if (outcome.owned !== true && read.share === "cached") cache.set(key, { found: outcome, asOf }, now);
    }
    const isRejected = outcome.kind === "failed" && outcome.error.reason === "identity_rejected";
    // Where each pod proves itself, one that is rejected says nothing of the others.
    if (isRejected && source.description.proof !== "pod") cache.deleteSession(session.key);
  }

  async #await(read: ObjectRead, flight: Flight, isOwn: boolean, source: Source): Promise<Answer> {
    const outcome = await this.#landed(read, flight);
    // What was made for the starter alone is not given to another pod.
    if (outcome.kind === "found" && outcome.owned === true && !isOwn) return this.#alone(read);
    if (outcome.kind === "found") return this.#copied(outcome, source);
    if (outcome.kind !== "failed") return { outcome, source };
    const stale = outcome.error.transient ? this.staleCopy(read) : undefined;
    if (stale !== undefined) return stale;
    // The starter's token was refused: it is another pod's, so this one is tried on its own.
    if (source === "shared" && isIdentity(outcome)) return this.#alone(read);
    return { outcome, source };
  }

  #alone(read: ObjectRead): Promise<Answer> {
    const [answer] = this.start([read]);
    if (answer === undefined) throw new MountError("internal", "no fetch was started");
    return answer;
  }

  /** The flight's outcome; with a stale answer at hand, an outage-like failure once patience is over. */
  async #landed(read: ObjectRead, flight: Flight): Promise<Outcome> {
    const { order, signal } = this.#proven;
    if (this.#stale(read) === undefined) return flight.join(signal, order.deadline);
    const enough = new AbortController();
    const timer = this.#deps.clock
      .sleep(patience, enough.signal)
      .then((): Outcome => ({ kind: "failed", error: new MountError("store_unavailable", "no answer in time") }));
    timer.catch(() => undefined);
    try {
      return await Promise.race([flight.join(AbortSignal.any([signal, enough.signal]), order.deadline), timer]);
    } finally {
      enough.abort(new MountError("cancelled", "answered from before"));
    }
  }

  async #fromCache(read: ObjectRead, cached: CachedAnswer): Promise<Answer> {
    const { cache, clock } = this.#deps;
    const { size } = cached.found.value;
    const { bytes } = this.#proven.order;
    if (bytes.tryTake(size)) return { outcome: copyOf(cached.found), source: "shared" };
    const problem = await this.#roomFor(size);
    if (problem !== undefined) return { outcome: problem, source: "shared" };
    // It may have left the cache, and been overwritten, while this waited.
    const again = cache.get(this.#keyOf(read), clock.monotonic());
    if (again?.found.value.size === size) return { outcome: copyOf(again.found), source: "shared" };
    bytes.give(size);
    return this.#alone(read);
  }

  async #copied(found: Found, source: Source): Promise<Answer> {
    const { size } = found.value;
    const problem = this.#proven.order.bytes.tryTake(size) ? undefined : await this.#roomFor(size);
    return { outcome: problem ?? copyOf(found), source };
  }

  /** Waits for room; the failure where the Mount would hold more than any may. */
  async #roomFor(size: number): Promise<Failed | undefined> {
    const { order, signal } = this.#proven;
    try {
      await order.bytes.take(size, signal);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      return { kind: "failed", error: MountError.from(error) };
    }
  }

  #stale(read: ObjectRead): CachedAnswer | undefined {
    const { cache, clock, staleOnError } = this.#deps;
    if (staleOnError === 0) return undefined;
    const now = clock.monotonic();
    const cached = cache.get(this.#keyOf(read), now);
    return cached !== undefined && now - cached.asOf <= staleOnError ? cached : undefined;
  }

  /** Whether the manifest itself carries what is read: the same input then gives the same outcome. */
  get #isCarried(): boolean {
    return this.#proven.order.source.description.addresses.length === 0;
  }

  #keyOf(read: ObjectRead): CacheKey {
    const { order, view = "" } = this.#proven;
    const { key: session, pod } = order.session;
    return { namespace: pod.namespace, session, read: `${view}\0${read.key}` };
  }

  #flightName({ key, share }: ObjectRead): string {
    const { order, view = "" } = this.#proven;
    const whose = share === "pod" ? podName(order) : "";
    return [order.session.key, view, whose, key].join("\0");
  }
}

function isIdentity({ error }: Failed): boolean {
  return ["identity_rejected", "identity_refused", "identity_missing"].includes(error.reason);
}

function copyOf(found: Found): Found {
  return { ...found, value: found.value.copy() };
}
