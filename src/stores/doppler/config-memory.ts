import { SharedWork } from "../../identity/single-flight.ts";
import type { Clock } from "../../model/clock.ts";
import type { DopplerContent } from "./content.ts";

/** An answer that is kept, with the tag by which Doppler says that it still holds. */
export interface KnownConfig extends DopplerContent {
  readonly etag: string | undefined;
}

/** Which answer is wanted. */
export interface ConfigOrder {
  /** A digest of host, token and query. */
  readonly key: string;
  /** How long it is used without asking, in milliseconds. */
  readonly interval: number;
  /** The namespace whose share of the memory it takes. */
  readonly owner: string;
}

interface Kept {
  readonly config: KnownConfig;
  readonly owner: string;
  readonly size: number;
  /** Monotonic milliseconds. */
  readonly askedAt: number;
  readonly interval: number;
  usedAt: number;
}

/** Most bytes kept for one namespace and for all, and how long what nobody wants is kept, in milliseconds. */
const most = { own: 8 << 20, all: 32 << 20, unused: 10 * 60_000 } as const;

/** Bytes that a kept answer takes beside its texts, for each secret; rounded up. */
const overhead = 300;

/**
 * Answers by query and token: used as they are for a while, then asked for again with their tag. Equal questions under way
 * are one. Bounded in bytes for each namespace and in all, the least recently used given up first.
 */
export class ConfigMemory {
  readonly #kept = new Map<string, Kept>();
  readonly #work = new SharedWork<KnownConfig>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rejects as `ask` does, or with the signal's reason. `ask` gets what is kept, and gives it back where it still holds. */
  async get(
    { key, interval, owner }: ConfigOrder,
    signal: AbortSignal,
    ask: (known: KnownConfig | undefined, signal: AbortSignal) => Promise<KnownConfig>,
  ): Promise<KnownConfig> {
    signal.throwIfAborted();
    const kept = this.#kept.get(key);
    const now = this.#clock.monotonic();
    if (kept !== undefined) kept.usedAt = now;
    if (kept !== undefined && now - kept.askedAt < interval) return kept.config;
    return this.#work.run(key, signal, async (inner) => {
      const askedAt = this.#clock.monotonic();
      const config = await ask(kept?.config, inner);
      this.#keep(key, { config, owner, size: sizeOf(config), askedAt, interval, usedAt: askedAt });
      return config;
    });
  }

  /** Drops what nobody has wanted for ten minutes; what must not be asked for again is kept until it may. */
  tend(): void {
    const now = this.#clock.monotonic();
    for (const [key, { usedAt, askedAt, interval }] of this.#kept) {
      if (now - usedAt >= most.unused && now - askedAt >= interval) this.#kept.delete(key);
    }
  }

  /** Bytes kept. */
  get size(): number {
    return [...this.#kept.values()].reduce((sum, { size }) => sum + size, 0);
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#makeRoom(kept.size, most.own, kept.owner);
    this.#makeRoom(kept.size, most.all, undefined);
    if (kept.size <= most.own) this.#kept.set(key, kept);
  }

  /** Gives up the least recently used of one namespace, or of all, until there is room for so many bytes. */
  #makeRoom(bytes: number, limit: number, owner: string | undefined): void {
    const own = [...this.#kept].filter(([, kept]) => owner === undefined || kept.owner === owner);
    let sum = own.reduce((total, [, { size }]) => total + size, bytes);
    for (const [key, { size }] of own.sort(([, a], [, b]) => a.usedAt - b.usedAt)) {
      if (sum <= limit) return;
      this.#kept.delete(key);
      sum -= size;
    }
  }
}

function sizeOf({ body, secrets }: KnownConfig): number {
  const values = [...(secrets ?? [])].reduce((sum, [, value]) => sum + value.size + overhead, 0);
  return body.size + values + overhead;
}
