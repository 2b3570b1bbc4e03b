import { MountError } from "../model/error.ts";
import type { Outside } from "../model/outside.ts";
import { FairQueue } from "./fair-queue.ts";

/** How one call to an endpoint ended. */
export type CallResult = "answered" | "failed" | "throttled";

/** Calls under way at once at one endpoint. */
export const mostCalls = 16;

/** Failures in a row that open the circuit, and how long it stays open: doubled each time, in milliseconds. */
const circuit = { failures: 12, first: 1000, longest: 30_000 };

/**
 * One store address, as every session on this node sees it: a bounded number of calls at once, fair between volumes;
 * fewer when the store throttles; none, but for a probe now and then, while it is down.
 */
export class Endpoint {
  readonly #outside: Outside;
  readonly #queue: FairQueue;
  #allowed = mostCalls;
  #failures = 0;
  #opened = 0;
  #closedUntil = 0;
  #quietUntil = 0;
  #lastThrottle = -Infinity;

  constructor(outside: Outside) {
    this.#outside = outside;
    this.#queue = new FairQueue(mostCalls);
  }

  /** Calls allowed at once just now. */
  get allowed(): number {
    return this.#allowed;
  }

  /** Whether the circuit is open: the store failed many times in a row, and nothing but a probe may ask it. */
  get open(): boolean {
    return this.#opened > 0;
  }

  /** Whether nobody needs to remember this endpoint. */
  get idle(): boolean {
    return this.#queue.idle && this.#failures === 0 && this.#quietUntil <= this.#outside.now();
  }

  /**
   * Waits for a turn; `owner` is the volume that asks. Resolves to a function that gives the turn back. Throws
   * `store_unavailable` while the circuit is open, or the signal's reason.
   */
  async turn(owner: string, signal: AbortSignal): Promise<() => void> {
    this.#refuseWhileOpen();
    const giveBack = await this.#queue.take(owner, signal);
    try {
      await this.#waitWhileThrottled(signal);
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
    if (result === "throttled") {
      this.#quietUntil = Math.max(this.#quietUntil, now + retryAfter);
      // One step a burst: the calls that were under way together were refused together.
      if (now - this.#lastThrottle > 1000) this.#allow(Math.max(1, Math.floor(this.#allowed / 2)));
      this.#lastThrottle = now;
    }
    if (result !== "answered") {
      this.#failures += 1;
      if (this.#failures >= circuit.failures) this.#openCircuit(now);
      return;
    }
    this.#failures = 0;
    this.#opened = 0;
    if (this.#allowed < mostCalls && now - this.#lastThrottle > 1000) this.#allow(this.#allowed + 1);
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

  async #waitWhileThrottled(signal: AbortSignal): Promise<void> {
    for (let wait = this.#wait(); wait > 0; wait = this.#wait()) await this.#outside.sleep(wait, signal);
  }

  #wait(): number {
    return this.#quietUntil - this.#outside.now();
  }

  #allow(calls: number): void {
    this.#allowed = calls;
    this.#queue.resize(calls);
  }
}
