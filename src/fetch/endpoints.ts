import type { Clock } from "../model/clock.ts";
import type { Outcome } from "../model/outcome.ts";
import { Circuits } from "./circuit.ts";
import { FairQueue } from "./fair-queue.ts";
import { Pace } from "./pace.ts";
import { retryAfterOf, verdictOf, type Verdict } from "./verdict.ts";

/** Who asks which address for what; plain data, made by `callerOf`. */
export interface Caller {
  /** Kind of store. */
  readonly kind: string;
  /** Address with scheme and TLS settings; or the document, where the store has no address of its own. */
  readonly endpoint: string;
  readonly namespace: string;
  readonly session: string;
  readonly volume: string;
  /** What the store throttles as one for several sessions; undefined where that is the session. */
  readonly quota: string | undefined;
  /** What the store counts apart within the session; empty where all is one. */
  readonly sessionQuota: string;
  readonly objects: readonly string[];
}

/** A place at an address. */
export interface Turn {
  /** The call is over; without outcomes where it was given up. */
  end(outcomes: readonly Outcome[]): void;
}

interface Endpoint {
  readonly kind: string;
  readonly circuits: Circuits;
  readonly places: FairQueue;
  usedAt: number;
}

/** What was learnt of an address that nobody asked for so long, in ms, is forgotten. */
const memory = 10 * 60_000;

/** Every address that is asked from this node, and the rules by which tenants share it. */
export class Endpoints {
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #maxRetryAfter: number;
  readonly #endpoints = new Map<string, Endpoint>();

  /** `maxRetryAfter`: how long a store's Retry-After is believed, in ms. */
  constructor(clock: Clock, maxRetryAfter: number) {
    this.#clock = clock;
    this.#pace = new Pace(clock);
    this.#maxRetryAfter = maxRetryAfter;
  }

  /**
   * Waits for the caller's turn: its pace, then a place, then, where a circuit is half-open, the probe. Throws
   * `store_unavailable` while a circuit is open for it, or the signal's reason.
   */
  async acquire(caller: Caller, signal: AbortSignal): Promise<Turn> {
    const endpoint = this.#endpointOf(caller);
    endpoint.circuits.refuse(caller);
    // Before the place, which others may have meanwhile.
    await this.#pace.wait(paceOf(caller), signal);
    const release = await endpoint.places.acquire(caller, signal);
    try {
      const pass = await endpoint.circuits.enter(caller, signal);
      return {
        end: (outcomes) => {
          release();
          const verdict = together(outcomes.map(verdictOf));
          if (verdict === "throttled") {
            this.#pace.throttled(paceOf(caller), this.retryAfter(outcomes) ?? 0);
          }
          if (verdict === "answered") this.#pace.answered(paceOf(caller));
          pass.end(verdict);
        },
      };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** The longest Retry-After, in ms, as far as it is believed. */
  retryAfter(outcomes: readonly Outcome[]): number | undefined {
    return retryAfterOf(outcomes, this.#maxRetryAfter);
  }

  /** Whether the caller would be refused now. */
  isOpenFor(caller: Caller): boolean {
    return this.#endpointOf(caller).circuits.isOpenFor(caller);
  }

  /** How many circuits are open, by kind of store; 0 for those of which none is. */
  openCircuits(): ReadonlyMap<string, number> {
    const open = new Map<string, number>();
    for (const { kind, circuits } of this.#endpoints.values()) open.set(kind, (open.get(kind) ?? 0) + circuits.open);
    return open;
  }

  /** Forgets what is old. */
  sweep(): void {
    this.#pace.sweep();
    const since = this.#clock.monotonic() - memory;
    for (const [name, { circuits, places, usedAt }] of this.#endpoints) {
      circuits.sweep();
      if (places.idle && (circuits.idle || usedAt < since)) this.#endpoints.delete(name);
    }
  }

  #endpointOf({ kind, endpoint: name }: Caller): Endpoint {
    const known = this.#endpoints.get(name) ?? {
      kind,
      circuits: new Circuits(this.#clock),
      places: new FairQueue(this.#clock),
      usedAt: 0,
    };
    known.usedAt = this.#clock.monotonic();
    this.#endpoints.set(name, known);
    return known;
  }
}

function paceOf({ namespace, session, sessionQuota, quota }: Caller) {
  return { namespace, session: `${session}\0${sessionQuota}`, quota };
}

/** What the outcomes of one call say together. A store that answers for some of them is up. */
function together(verdicts: readonly Verdict[]): Verdict {
  const order: readonly Verdict[] = ["throttled", "answered", "unreached", "broken", "late"];
  return order.find((verdict) => verdicts.includes(verdict)) ?? "silent";
}
