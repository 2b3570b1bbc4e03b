import { MountError } from "../model/error.ts";
import type { Clock } from "../model/clock.ts";

/** How long a circuit stays open: doubled each time, in ms. */
const opening = { first: 1000, longest: 30_000 };

/** One circuit: closed, open for a while, then half-open: one probe, and everybody else waits for what it says. */
export class Breaker {
  readonly #clock: Clock;
  readonly #limit: number;
  #failures = 0;
  /** How often in a row it has opened; 0 while it is closed. */
  #opened = 0;
  #until = -Infinity;
  #probe: { readonly over: Promise<void>; readonly end: () => void } | undefined;
  /** When it was last looked at, by the monotonic clock. */
  usedAt: number;

  /** `limit`: failures in a row that open it. */
  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
    this.usedAt = clock.monotonic();
  }

  get isOpen(): boolean {
    return this.#opened > 0;
  }

  /** Settles when the probe under way has ended; undefined when there is none. */
  get probing(): Promise<void> | undefined {
    return this.#probe?.over;
  }

  /** Throws `store_unavailable` while the time has not come for a probe. */
  refuse(now: number): void {
    this.usedAt = now;
    if (!this.isOpen || now >= this.#until) return;
    const wait = Math.ceil((this.#until - now) / 1000) * 1000;
    throw new MountError("store_unavailable", "the store failed many times in a row; its circuit is open", {
      retryAfter: wait,
    });
  }

  /** Makes the caller the probe; returns what ends it. */
  startProbe(now: number): () => void {
    this.usedAt = now;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const probe = { over: promise, end: () => resolve(undefined) };
    this.#probe = probe;
    return () => {
      if (this.#probe === probe) this.#probe = undefined;
      probe.end();
    };
  }

  /** Counts a failure, and opens when there are enough in a row. */
  fail(): void {
    this.#failures += 1;
    if (this.#failures < this.#limit) return;
    const span = Math.min(opening.longest, opening.first * 2 ** this.#opened);
    this.#opened += 1;
    this.#failures = this.#limit - 1;
    this.#until = this.#clock.monotonic() + span * (0.5 + this.#clock.random() / 2);
  }

  /** Open, but for a probe that may start at once. */
  halfOpen(): void {
    this.#opened = 1;
    this.#until = -Infinity;
    this.#failures = this.#limit - 1;
  }

  /** Lets those who wait for a probe go on. */
  close(): void {
    this.#opened = 0;
    this.#probe?.end();
    this.#probe = undefined;
  }
}
