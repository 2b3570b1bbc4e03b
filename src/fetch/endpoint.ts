import { MountError } from "../model/error.ts";
import type { Clock } from "../model/clock.ts";
import { FairQueue } from "./fair-queue.ts";

/** How one call to an endpoint ended. */
export type CallResult = "answered" | "failed" | "throttled";

/** Calls under way at once at one endpoint. */
export const mostCalls = 32;

/**
 * How fast a throttling store is asked, in calls a second: where to start, what each answered call adds, the slowest,
 * and above what the limit is lifted. Halved at each burst of refusals (additive increase, multiplicative decrease).
 */
const pace = { first: 10, step: 0.1, slowest: 0.2, lifted: 50 };

/** Refusals within so many milliseconds are one burst: the calls were under way together. */
const burst = 1000;

/** Failures in a row that open the circuit, and how long it stays open: doubled each time, in milliseconds. */
const circuit = { failures: 12, first: 1000, longest: 30_000 };

/** Milliseconds without anybody asking after which what was learnt of an address is no longer worth keeping. */
const forgetAfter = 10 * 60_000;

/**
 * One store address, as every session on this node sees it: a bounded number of calls at once, fair between volumes;
 * slower when the store throttles; none, but for a probe now and then, while it is down.
 */
export class Endpoint {
  readonly #outside: Clock;
  readonly #queue: FairQueue;
  /** Calls a second; Infinity while the store does not throttle. */
  #rate = Infinity;
  #nextAt = -Infinity;
  #failures = 0;
  #opened = 0;
  #closedUntil = 0;
  #lastThrottle = -Infinity;
  #askedAt = -Infinity;

  constructor(outside: Clock) {
    this.#outside = outside;
    const limits = { all: mostCalls, namespace: mostCalls, session: mostCalls, volume: mostCalls, ceiling: mostCalls };
    this.#queue = new FairQueue(outside, limits);
  }

  /** Whether the circuit is open: the store failed many times in a row, and nothing but a probe may ask it. */
  get open(): boolean {
    return this.#opened > 0;
  }

  /** Whether nobody needs to remember this endpoint: there is nothing to remember, or nobody asked for long. */
  get idle(): boolean {
    if (!this.#queue.idle) return false;
    const isPlain = this.#failures === 0 && this.#rate === Infinity;
    return isPlain || this.#outside.now() - this.#askedAt > forgetAfter;
  }

  /**
   * Waits for a turn; `owner` is the volume that asks. Resolves to a function that gives the turn back. Throws
   * `store_unavailable` while the circuit is open, or the signal's reason.
   */
  async turn(owner: string, signal: AbortSignal): Promise<() => void> {
    this.#askedAt = this.#outside.now();
    this.#refuseWhileOpen();
    const giveBack = await this.#queue.acquire({ namespace: owner, session: "", volume: "" }, signal);
    try {
      await this.#keepPace(signal);
      this.#refuseWhileOpen();
    } catch (error) {
      giveBack();
      throw error;
    }
    // The probe: others are refused until it has ended, or its time is up.
    if (this.open) this.#closedUntil = this.#outside.now() + circuit.longest;
    return giveBack;
  }

  /** Learns from a call that ended; `retryAfter` in milliseconds. */
  record(result: CallResult, retryAfter = 0): void {
    const now = this.#outside.now();
    if (result === "throttled") this.#slowDown(now, retryAfter);
    if (result !== "answered") {
      // A store that throttles is up: only being down opens the circuit.
      if (result === "failed") this.#failures += 1;
      if (this.#failures >= circuit.failures) this.#openCircuit(now);
      return;
    }
    this.#failures = 0;
    this.#opened = 0;
    this.#rate = this.#rate + pace.step > pace.lifted ? Infinity : this.#rate + pace.step;
  }

  #slowDown(now: number, retryAfter: number): void {
    this.#nextAt = Math.max(this.#nextAt, now + retryAfter);
    if (now - this.#lastThrottle > burst) {
      this.#rate = this.#rate === Infinity ? pace.first : Math.max(pace.slowest, this.#rate / 2);
    }
    this.#lastThrottle = now;
  }

  #openCircuit(now: number): void {
    const span = Math.min(circuit.longest, circuit.first * 2 ** this.#opened);
    this.#opened += 1;
    this.#failures = circuit.failures - 1;
    this.#closedUntil = now + span * (0.5 + this.#outside.random() / 2);
  }

  #refuseWhileOpen(): void {
    const wait = this.#closedUntil - this.#outside.now();
    if (!this.open || wait <= 0) return;
    const seconds = Math.ceil(wait / 1000);
    throw new MountError("store_unavailable", `the store failed ${circuit.failures} times in a row and is left alone`, {
      retryAfter: seconds * 1000,
    });
  }

  /** Each call takes the next moment that the rate allows. */
  async #keepPace(signal: AbortSignal): Promise<void> {
    for (let wait = this.#nextAt - this.#outside.now(); wait > 0; wait = this.#nextAt - this.#outside.now()) {
      await this.#outside.sleep(wait, signal);
    }
    this.#nextAt = this.#outside.now() + 1000 / this.#rate;
  }
}
