import type { Clock } from "../model/clock.ts";
import type { Turn } from "../model/compute.ts";
import { Turns } from "./turns.ts";

/** How long one Mount works before others and the network are looked at, in ms; what it does in one go may add to it. */
const slice = 10;

/** The right to work on the thread that serves everybody. */
export interface Share {
  /** Resolves when it is this Mount's turn, at once where nobody else works. Rejects with the signal's reason. */
  take(): Promise<void>;
}

interface Waiting {
  readonly share: Share;
  readonly tenant: string;
  readonly grant: () => void;
}

/**
 * Lets one Mount work in each round of the event loop: many Mounts of one tenant that each keep the thread busy for some
 * milliseconds must not add up to seconds for others, nor for the health check. Tenants take turns, those who took least
 * first.
 */
export class SharedThread {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #turns = new Turns<Waiting>();
  #holder: { readonly share: Share; readonly tenant: string; readonly since: number } | undefined;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** For one Mount. */
  share({ tenant, signal }: Turn): Share {
    const share: Share = {
      take: () => {
        signal.throwIfAborted();
        if (this.#holder === undefined) {
          this.#hold(share, tenant);
          setImmediate(() => this.#next());
          return Promise.resolve();
        }
        const { share: holder, since } = this.#holder;
        if (holder === share && this.#clock.monotonic() - since < slice) return Promise.resolve();
        return this.#wait(share, { tenant, signal });
      },
    };
    return share;
  }

  #hold(share: Share, tenant: string): void {
    this.#holder = { share, tenant, since: this.#clock.monotonic() };
  }

  #wait(share: Share, { tenant, signal }: Turn): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = () => {
        this.#turns.remove(tenant, waiting);
        reject(signal.reason as Error);
      };
      const grant = () => {
        signal.removeEventListener("abort", cancel);
        resolve();
      };
      const waiting = { share, tenant, grant };
      signal.addEventListener("abort", cancel, { once: true });
      this.#turns.add(tenant, waiting);
    });
  }

  /** Called once in each round while anybody works. */
  #next(): void {
    if (this.#holder !== undefined) {
      this.#turns.took(this.#holder.tenant, this.#clock.monotonic() - this.#holder.since);
      this.#holder = undefined;
    }
    const next = this.#turns.next();
    if (next === undefined) return;
    this.#hold(next.share, next.tenant);
    setImmediate(() => this.#next());
    next.grant();
  }
}
