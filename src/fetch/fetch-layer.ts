import type { Clock } from "../model/clock.ts";
import type { Outcome } from "../model/outcome.ts";
import { attempt } from "./attempts.ts";
import { ByteBudget, type ByteAccount, type ByteLimits, type ReadBytes } from "./bytes.ts";
import { AnswerCache, type CacheBounds } from "./cache.ts";
import { Endpoints } from "./endpoints.ts";
import { ExpectedSizes } from "./expected-sizes.ts";
import { Failures } from "./failures.ts";
import type { Flight } from "./flights.ts";
import { oldestAllowed, type Freshness } from "./freshness.ts";
import { callerOf, type Answer, type FetchObserver, type Order } from "./order.ts";
import { isProven, Proofs, unseen } from "./proofs.ts";
import { readOrder, refuseOrder, type ReadingDeps } from "./reading.ts";
import { Volumes } from "./volumes.ts";

/** What the layer is made with. */
export interface FetchLayerOptions {
  readonly clock: Clock;
  readonly freshness: Freshness;
  readonly bounds: CacheBounds;
  readonly bytes: ByteLimits;
  /** How long a store's Retry-After is believed, in ms: as long as a Mount may take. */
  readonly maxRetryAfter: number;
  readonly observer: FetchObserver;
  /** Runs the work so that what comes in over the network meanwhile is counted as these bytes. */
  readonly metered: <T>(bytes: ReadBytes, work: () => T) => T;
}

/** Fewest ms without a Mount after which a volume counts as gone: several of kubelet's republish rounds. */
const leastForget = 10 * 60_000;

/**
 * Between the Mount path and all stores: equal fetches are one, answers are shared within a session and no further, a
 * failing or throttling store is asked less, an outage need not reach the volumes that are mounted, and no tenant's
 * trouble reaches another.
 */
export class FetchLayer {
  readonly #options: FetchLayerOptions;
  readonly #volumes: Volumes;
  readonly #cache: AnswerCache;
  readonly #endpoints: Endpoints;
  readonly #budget: ByteBudget;
  readonly #proofs = new Proofs();
  readonly #sizes = new ExpectedSizes();
  readonly #deps: ReadingDeps;

  constructor(options: FetchLayerOptions) {
    const { clock, freshness, bounds, bytes, maxRetryAfter, observer, metered } = options;
    this.#options = options;
    this.#volumes = new Volumes(Math.max(leastForget, 5 * freshness.interval));
    this.#cache = new AnswerCache(bounds);
    this.#endpoints = new Endpoints(clock, maxRetryAfter);
    this.#budget = new ByteBudget(bytes);
    this.#deps = {
      clock,
      staleOnError: freshness.staleOnError,
      volumes: this.#volumes,
      cache: this.#cache,
      endpoints: this.#endpoints,
      sizes: this.#sizes,
      failures: new Failures(),
      flights: new Map<string, Flight>(),
      observer,
      metered,
    };
  }

  /** Opens the account of what one Mount holds in memory. To be closed when its answer is out. */
  open(namespace: string): ByteAccount {
    return this.#budget.open(namespace);
  }

  /** What these reads are expected to give together, in bytes. */
  expectedBytes(orders: readonly Pick<Order, "session" | "reads">[]): number {
    return orders.reduce((sum, order) => sum + this.#sizes.of(order), 0);
  }

  /** One answer for each read, in order. Rejects with the signal's reason only. */
  async fetch(order: Order, signal: AbortSignal): Promise<readonly Answer[]> {
    const { clock, freshness, observer } = this.#options;
    const arrived = clock.monotonic();
    const oldest = oldestAllowed(freshness, this.#volumes, order, arrived);
    const proof = isProven(order) ? unseen : await this.#proofs.of(order, (ask) => this.#askOnce(order, ask, signal));
    const answers =
      proof.kind === "accepted"
        ? await readOrder(this.#deps, { order, view: proof.view, oldest, signal })
        : refuseOrder(this.#deps, { order, view: proof.last, oldest, signal }, proof.error);
    const delayed = answers.some(({ outcome }) => outcome.kind === "failed" && outcome.error.transient);
    if (delayed && order.volume !== "") this.#volumes.delayed(order.volume, arrived);
    for (const { outcome, source } of answers) {
      observer.answered(order.source.kind, outcome.kind === "failed" ? "refused" : source, outcome);
    }
    return answers;
  }

  /** Records that a volume was mounted, so that its next Mount is a repeated one. */
  mounted(volume: string): void {
    if (volume !== "") this.#volumes.mounted(volume, this.#options.clock.monotonic());
  }

  /** Forgets volumes that are gone and answers that no volume asks for any more. To be called now and then. */
  sweep(): void {
    const now = this.#options.clock.monotonic();
    this.#volumes.sweep(now);
    this.#cache.dropUnused(now - leastForget);
    this.#endpoints.sweep();
  }

  /** How many circuits are open, by kind of store; 0 for those of which none is. */
  openCircuits(): ReadonlyMap<string, number> {
    return this.#endpoints.openCircuits();
  }

  /** What is in memory, for metrics. */
  get size(): {
    readonly answers: number;
    readonly bytes: number;
    readonly volumes: number;
    readonly reserved: number;
  } {
    const { size: answers, bytes } = this.#cache;
    return { answers, bytes, volumes: this.#volumes.size, reserved: this.#budget.usage.reserved };
  }

  /** One question for this Mount alone, under the rules of its address. */
  async #askOnce(
    order: Order,
    ask: (signal: AbortSignal) => Promise<readonly Outcome[]>,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { clock, metered, observer } = this.#options;
    const bytes = order.bytes.read();
    try {
      const call = {
        caller: callerOf(order, []),
        ask: (_: readonly number[], inner: AbortSignal) => metered(bytes, () => ask(inner)),
        asOf: [undefined],
        repeatable: true,
        retries: order.source.description.retries,
        patient: !this.#volumes.isMounted(order.volume, clock.monotonic()),
        bytes,
        giveUpAt: () => order.deadline,
        onThrottled: () => observer.throttled(order.source.kind),
      };
      const [outcome] = await attempt(call, this.#endpoints, clock, signal);
      return outcome ?? { kind: "missing", problem: "the store left a pod unanswered" };
    } finally {
      bytes.close();
    }
  }
}
