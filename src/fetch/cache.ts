import type { Found } from "../model/outcome.ts";
import type { SessionKey } from "../model/session.ts";

/** An answer of a store, cached for the volumes of one session. */
export interface CachedAnswer {
  readonly found: Found;
  /** When the store was asked for it, by the monotonic clock: the content is at least as new. */
  readonly asOf: number;
}

/** Whose answer it is, and of what. */
export interface CacheKey {
  readonly namespace: string;
  readonly session: SessionKey;
  /** Equal keys of one session are one read. */
  readonly read: string;
}

export interface CacheBounds {
  readonly entries: number;
  /** As held in memory: value, what a store keeps beside it, and an estimate of the map's own cost. */
  readonly bytes: number;
}

interface Entry extends CachedAnswer {
  readonly key: CacheKey;
  readonly size: number;
  lastUsed: number;
}

/** The answers of one namespace; insertion order is order of use. */
interface Share {
  readonly entries: Map<string, Entry>;
  bytes: number;
}

/** What an entry costs besides its content: keys, objects, map slots. An estimate. */
const overhead = 512;

/**
 * The answers in memory. No namespace has more than half of a bound; when one is passed, the least recently used of the
 * namespace that has most leave. So one below its equal share never loses an answer to another. Whatever leaves is
 * overwritten, so callers are handed copies.
 */
export class AnswerCache {
  readonly #bounds: CacheBounds;
  readonly #shares = new Map<string, Share>();
  readonly #bySession = new Map<SessionKey, Set<Entry>>();
  #bytes = 0;
  #size = 0;

  constructor(bounds: CacheBounds) {
    this.#bounds = bounds;
  }

  /** How many answers are cached. */
  get size(): number {
    return this.#size;
  }

  /** What they hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What one namespace's answers hold. */
  bytesOf(namespace: string): number {
    return this.#shares.get(namespace)?.bytes ?? 0;
  }

  /** The answer itself, not a copy, if one is cached; counts as a use of it. The next call may overwrite its bytes. */
  get(key: CacheKey, now: number): CachedAnswer | undefined {
    const share = this.#shares.get(key.namespace);
    const name = nameOf(key);
    const entry = share?.entries.get(name);
    if (share === undefined || entry === undefined) return undefined;
    share.entries.delete(name);
    share.entries.set(name, entry);
    entry.lastUsed = now;
    return entry;
  }

  /** Caches a copy, unless a newer one is there. */
  set(key: CacheKey, { found, asOf }: CachedAnswer, now: number): void {
    const old = this.#shares.get(key.namespace)?.entries.get(nameOf(key));
    if (old !== undefined && old.asOf > asOf) return;
    if (old !== undefined) this.#drop(old);
    const size = heldBy(found) + overhead;
    if (size > this.#bounds.bytes / 2) return;
    const copy = { ...found, value: found.value.copy() };
    const entry: Entry = { key, found: copy, asOf, size, lastUsed: now };
    const share = this.#shares.get(key.namespace) ?? { entries: new Map<string, Entry>(), bytes: 0 };
    this.#shares.set(key.namespace, share);
    share.entries.set(nameOf(key), entry);
    share.bytes += size;
    this.#bytes += size;
    this.#size += 1;
    const ofSession = this.#bySession.get(key.session) ?? new Set();
    this.#bySession.set(key.session, ofSession.add(entry));
    this.#shrink(share);
  }

  delete(key: CacheKey): void {
    const entry = this.#shares.get(key.namespace)?.entries.get(nameOf(key));
    if (entry !== undefined) this.#drop(entry);
  }

  /** Forgets all that a session holds. */
  deleteSession(session: SessionKey): void {
    for (const entry of this.#bySession.get(session) ?? []) this.#drop(entry);
  }

  /** Drops what nobody has asked for since a moment of the monotonic clock. */
  dropUnused(since: number): void {
    for (const { entries } of [...this.#shares.values()]) {
      for (const entry of entries.values()) {
        if (entry.lastUsed >= since) break;
        this.#drop(entry);
      }
    }
  }

  #shrink(own: Share): void {
    const { entries, bytes } = this.#bounds;
    while (own.bytes > bytes / 2 || own.entries.size > Math.max(1, entries / 2)) this.#dropOldest(own);
    while (this.#bytes > bytes || this.#size > entries) {
      const isBytes = this.#bytes > bytes;
      const [first, ...others] = this.#shares.values();
      if (first === undefined) return;
      const measure = (share: Share) => (isBytes ? share.bytes : share.entries.size);
      this.#dropOldest(others.reduce((most, share) => (measure(share) > measure(most) ? share : most), first));
    }
  }

  #dropOldest({ entries }: Share): void {
    const [oldest] = entries.values();
    if (oldest !== undefined) this.#drop(oldest);
  }

  #drop(entry: Entry): void {
    const { namespace, session } = entry.key;
    const share = this.#shares.get(namespace);
    if (share?.entries.delete(nameOf(entry.key)) !== true) return;
    share.bytes -= entry.size;
    if (share.entries.size === 0) this.#shares.delete(namespace);
    this.#bytes -= entry.size;
    this.#size -= 1;
    entry.found.value.wipe();
    const ofSession = this.#bySession.get(session);
    ofSession?.delete(entry);
    if (ofSession?.size === 0) this.#bySession.delete(session);
  }
}

/** Bytes that an answer keeps alive: the value, and what its store says it keeps beside it. */
export function heldBy(found: Found): number {
  return found.value.size + (found.held ?? 0);
}

function nameOf({ session, read }: CacheKey): string {
  return `${session}\0${read}`;
}
