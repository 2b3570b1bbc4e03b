import type { Clock } from "../model/clock.ts";
import { Breaker } from "./breaker.ts";
import { orAborted } from "./or-aborted.ts";
import type { Verdict } from "./verdict.ts";

/** Who asks an address for which objects. */
export interface CircuitCaller {
  readonly namespace: string;
  readonly session: string;
  /** What is asked for, by the store's own names. */
  readonly objects: readonly string[];
}

/** Failures in a row, since anybody was answered, that open a circuit. */
const maxFailures = 12;

/** An address circuit opens only if so many namespaces failed on so many objects: sessions cost an author nothing. */
const quorum = { namespaces: 3, objects: 3 };

/** Failures older than this, in ms, no longer count; and what nobody asked for so long is forgotten. */
const window = { failures: 60_000, memory: 10 * 60_000 };

/** Objects remembered of one namespace that fails. */
const maxObjects = 8;

/** May ask; to be ended exactly once, whatever became of the call. */
export interface Pass {
  end(verdict: Verdict): void;
}

/**
 * The circuits of one address. A session's opens by what that session meets. The address's opens only by failures that
 * no author can make alone: before any request was judged, or 5xx, met by several namespaces on several objects while
 * nobody was answered; and even then each namespace may probe for itself.
 */
export class Circuits {
  readonly #clock: Clock;
  /** Those that failed since they were last answered. */
  readonly #sessions = new Map<string, Breaker>();
  /** While the address's circuit is open: the breaker of each namespace that has tried. */
  readonly #namespaces = new Map<string, Breaker>();
  readonly #failed = new Map<string, { readonly objects: Map<string, number>; count: number }>();
  #isOpen = false;
  #answeredAt = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many circuits are open: the address's, or else its sessions'. */
  get open(): number {
    if (this.#isOpen) return 1;
    return [...this.#sessions.values()].filter(({ isOpen }) => isOpen).length;
  }

  get idle(): boolean {
    return !this.#isOpen && this.#sessions.size === 0 && this.#failed.size === 0;
  }

  /** Whether the caller would be refused now, or has to wait for a probe. */
  isOpenFor({ namespace, session }: CircuitCaller): boolean {
    if (this.#sessions.get(session)?.isOpen === true) return true;
    return this.#isOpen && this.#namespaces.get(namespace)?.isOpen === true;
  }

  /** Throws `store_unavailable` while a circuit is open for the caller and the time has not come for a probe. */
  refuse(caller: CircuitCaller): void {
    const now = this.#clock.monotonic();
    for (const breaker of this.#breakersOf(caller)) breaker.refuse(now);
  }

  /**
   * Resolves when the caller may ask: at once, or after the probe of its session or namespace was answered. Throws
   * `store_unavailable` while a circuit is open for it, or the signal's reason.
   */
  async enter(caller: CircuitCaller, signal: AbortSignal): Promise<Pass> {
    for (;;) {
      signal.throwIfAborted();
      const breakers = this.#breakersOf(caller);
      const now = this.#clock.monotonic();
      for (const breaker of breakers) breaker.refuse(now);
      const waiting = breakers.find(({ probing }) => probing !== undefined);
      if (waiting?.probing === undefined) return this.#pass(caller, breakers, now);
      await orAborted(waiting.probing, signal);
    }
  }

  /** Forgets failures that are too old to mean anything. */
  sweep(): void {
    const now = this.#clock.monotonic();
    for (const [session, breaker] of this.#sessions) {
      if (now - breaker.usedAt > window.memory) this.#sessions.delete(session);
    }
    this.#dropOldFailures(now);
    const isUsed = [...this.#namespaces.values()].some(({ usedAt }) => now - usedAt <= window.memory);
    if (this.#isOpen && !isUsed) this.#close();
  }

  #breakersOf({ namespace, session }: CircuitCaller): readonly Breaker[] {
    const breakers: Breaker[] = [];
    const own = this.#sessions.get(session);
    if (own?.isOpen === true) breakers.push(own);
    if (!this.#isOpen) return breakers;
    let shared = this.#namespaces.get(namespace);
    if (shared === undefined) {
      // A namespace that met none of the failures may ask at once, by one probe.
      shared = new Breaker(this.#clock, 1);
      shared.halfOpen();
      this.#namespaces.set(namespace, shared);
    }
    if (shared.isOpen) breakers.push(shared);
    return breakers;
  }

  #pass(caller: CircuitCaller, breakers: readonly Breaker[], startedAt: number): Pass {
    const ends = breakers.map((breaker) => breaker.startProbe(startedAt));
    let isOver = false;
    return {
      end: (verdict) => {
        if (isOver) return;
        isOver = true;
        this.#record(caller, verdict, startedAt);
        for (const end of ends) end();
      },
    };
  }

  #record(caller: CircuitCaller, verdict: Verdict, startedAt: number): void {
    if (verdict === "silent") return;
    if (verdict === "answered" || verdict === "throttled") {
      this.#answeredAt = this.#clock.monotonic();
      this.#sessions.get(caller.session)?.close();
      this.#sessions.delete(caller.session);
      this.#close();
      return;
    }
    // Others were answered while this waited: the address is up, and the read alone is to blame.
    if (verdict === "late" && this.#answeredAt >= startedAt) return;
    const session = this.#sessions.get(caller.session) ?? new Breaker(this.#clock, maxFailures);
    this.#sessions.set(caller.session, session);
    session.fail();
    if (verdict !== "late") this.#failedAt(caller);
  }

  #failedAt({ namespace, objects }: CircuitCaller): void {
    const now = this.#clock.monotonic();
    if (this.#isOpen) {
      this.#namespaces.get(namespace)?.fail();
      return;
    }
    const failed = this.#failed.get(namespace) ?? { objects: new Map<string, number>(), count: 0 };
    this.#failed.set(namespace, failed);
    failed.count += 1;
    for (const object of objects.slice(0, maxObjects)) failed.objects.set(object, now);
    for (const object of failed.objects.keys()) {
      if (failed.objects.size > maxObjects) failed.objects.delete(object);
    }
    this.#dropOldFailures(now);
    if (this.#isQuorum()) this.#open();
  }

  #isQuorum(): boolean {
    const all = [...this.#failed.values()];
    const objects = new Set(all.flatMap((one) => [...one.objects.keys()]));
    const count = all.reduce((sum, one) => sum + one.count, 0);
    return all.length >= quorum.namespaces && objects.size >= quorum.objects && count >= maxFailures;
  }

  #open(): void {
    this.#isOpen = true;
    for (const namespace of this.#failed.keys()) {
      const breaker = new Breaker(this.#clock, 1);
      breaker.fail();
      this.#namespaces.set(namespace, breaker);
    }
    this.#failed.clear();
  }

  /** Somebody was answered: what was met before says nothing any more. */
  #close(): void {
    this.#isOpen = false;
    this.#failed.clear();
    for (const breaker of this.#namespaces.values()) breaker.close();
    this.#namespaces.clear();
  }

  #dropOldFailures(now: number): void {
    for (const [namespace, { objects }] of this.#failed) {
      for (const [object, at] of objects) if (now - at > window.failures) objects.delete(object);
      if (objects.size === 0) this.#failed.delete(namespace);
    }
  }
}
