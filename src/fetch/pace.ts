import type { Clock } from "../model/clock.ts";

/** Who asks, and on whose quota. */
export interface PaceCaller {
  readonly namespace: string;
  /** The session, and what its store counts apart within it. */
  readonly session: string;
  /** What the store says it throttles as one, for all sessions in it; undefined where that is the session. */
  readonly quota: string | undefined;
}

/**
 * How fast a throttling store is asked, in calls a second: where to start, what each answered call adds, the slowest,
 * and above what the limit is lifted. Halved at each burst of refusals (additive increase, multiplicative decrease).
 */
const rates = { first: 10, step: 0.1, slowest: 0.2, lifted: 50 };

/** Refusals within this time, in ms, are one burst: the calls were under way together. */
const burst = 1000;

/** A quota is shared trouble only once so many namespaces were refused in it, within this time in ms. */
const quorum = { namespaces: 2, within: 60_000 };

/** A namespace that asked within this time, in ms, has its share of a quota's rate. */
const active = 10_000;

/** What nobody used for so long, in ms, is forgotten. */
const memory = 10 * 60_000;

/**
 * Slows down those whom a store refused for asking too often: the session itself, and the others of its quota once two
 * namespaces were refused there.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #sessions = new Map<string, Brake>();
  readonly #quotas = new Map<string, QuotaBrake>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many sessions and quotas are slowed down. */
  get size(): number {
    return this.#sessions.size + this.#quotas.size;
  }

  /** Waits for the caller's next moment. Rejects with the signal's reason. */
  async wait(caller: PaceCaller, signal: AbortSignal): Promise<void> {
    const due = (): number => {
      const now = this.#clock.monotonic();
      const own = this.#sessions.get(caller.session)?.nextAt ?? now;
      const shared = this.#quotaOf(caller)?.nextAt(caller.namespace, now) ?? now;
      return Math.max(own, shared) - now;
    };
    for (let left = due(); left > 0; left = due()) await this.#clock.sleep(Math.ceil(left), signal);
    const now = this.#clock.monotonic();
    this.#sessions.get(caller.session)?.took(now, 1);
    this.#quotaOf(caller)?.took(caller.namespace, now);
  }

  /** The store refused the caller for asking too often; `retryAfter` in ms, already bounded. */
  throttled(caller: PaceCaller, retryAfter: number): void {
    const now = this.#clock.monotonic();
    const own = this.#sessions.get(caller.session) ?? new Brake();
    this.#sessions.set(caller.session, own);
    own.slowDown(now, retryAfter);
    if (caller.quota === undefined) return;
    const quota = this.#quotas.get(caller.quota) ?? new QuotaBrake();
    this.#quotas.set(caller.quota, quota);
    quota.slowDown(caller.namespace, now, retryAfter);
  }

  /** The store answered the caller. */
  answered(caller: PaceCaller): void {
    if (this.#sessions.get(caller.session)?.speedUp() === true) this.#sessions.delete(caller.session);
    if (this.#quotaOf(caller)?.speedUp() === true) this.#quotas.delete(caller.quota ?? "");
  }

  /** Forgets what nobody used for long. */
  sweep(): void {
    const since = this.#clock.monotonic() - memory;
    for (const [name, brake] of this.#sessions) if (brake.usedAt < since) this.#sessions.delete(name);
    for (const [name, quota] of this.#quotas) if (quota.usedAt < since) this.#quotas.delete(name);
  }

  #quotaOf({ quota }: PaceCaller): QuotaBrake | undefined {
    return quota === undefined ? undefined : this.#quotas.get(quota);
  }
}

/** A rate that falls with refusals and rises with answers. */
class Brake {
  /** Calls a second. */
  rate = rates.first;
  /** No call before, by the monotonic clock. */
  nextAt = -Infinity;
  usedAt = -Infinity;
  #refusedAt = -Infinity;

  slowDown(now: number, retryAfter: number): void {
    this.usedAt = now;
    this.nextAt = Math.max(this.nextAt, now + retryAfter);
    if (this.#refusedAt > -Infinity && now - this.#refusedAt > burst) {
      this.rate = Math.max(rates.slowest, this.rate / 2);
    }
    this.#refusedAt = now;
  }

  /** A call went out; `sharers`: how many have an equal part of the rate. */
  took(now: number, sharers: number): void {
    this.usedAt = now;
    this.nextAt = Math.max(this.nextAt, now + (1000 * sharers) / this.rate);
  }

  /** Whether there is no reason left to go slowly. */
  speedUp(): boolean {
    this.rate += rates.step;
    return this.rate > rates.lifted;
  }
}

/**
 * A quota that several namespaces use up. One namespace's refusals slow nobody but their sessions. From two on, each
 * namespace has an equal part of one rate, so that none waits behind another's calls; and a Retry-After holds for all
 * as far as two namespaces were given it.
 */
class QuotaBrake {
  readonly #rate = new Brake();
  /** By namespace: when it was last refused, and until when it was told to wait. */
  readonly #refused = new Map<string, { readonly at: number; readonly until: number }>();
  /** By namespace: when it may call next, and when it called last. */
  readonly #turns = new Map<string, { readonly nextAt: number; readonly at: number }>();

  get usedAt(): number {
    return this.#rate.usedAt;
  }

  slowDown(namespace: string, now: number, retryAfter: number): void {
    const before = this.#refused.get(namespace)?.until ?? -Infinity;
    this.#refused.set(namespace, { at: now, until: Math.max(before, now + retryAfter) });
    this.#rate.slowDown(now, 0);
  }

  nextAt(namespace: string, now: number): number {
    const shared = this.#sharedUntil(now);
    return shared === undefined ? now : Math.max(shared, this.#turns.get(namespace)?.nextAt ?? now);
  }

  took(namespace: string, now: number): void {
    for (const [name, { at }] of this.#turns) if (now - at > active) this.#turns.delete(name);
    this.#turns.set(namespace, { nextAt: now, at: now });
    const pause = (1000 * this.#turns.size) / this.#rate.rate;
    this.#rate.usedAt = now;
    this.#turns.set(namespace, { nextAt: now + pause, at: now });
  }

  speedUp(): boolean {
    return this.#rate.speedUp();
  }

  /** Until when at least two namespaces were told to wait; undefined while fewer were refused lately. */
  #sharedUntil(now: number): number | undefined {
    for (const [name, { at, until }] of this.#refused) {
      if (now - at > quorum.within && until <= now) this.#refused.delete(name);
    }
    const ends = [...this.#refused.values()].map(({ until }) => until).sort((a, b) => b - a);
    return ends[quorum.namespaces - 1];
  }
}
