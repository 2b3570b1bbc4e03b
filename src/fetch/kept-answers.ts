import type { Found } from "../model/outcome.ts";
import type { SessionKey } from "../model/session.ts";

/** An answer of a store, kept for the volumes of one session. */
export interface KeptAnswer {
  readonly found: Found;
  /** When the store was asked for it, in milliseconds since 1970: the content is at least as new. */
  readonly asOf: number;
}

export interface KeptBounds {
  readonly entries: number;
  readonly bytes: number;
}

/** What an entry costs besides its content: keys, objects, map slots. An estimate. */
const overhead = 512;

/**
 * The answers in memory, by session and ref. The least recently used leave when a bound is passed; whatever leaves is
 * overwritten, so callers are handed copies.
 */
export class KeptAnswers {
  readonly #bounds: KeptBounds;
  /** Insertion order is order of use. */
  readonly #entries = new Map<string, KeptAnswer & { readonly lastUsed: number }>();
  readonly #bySession = new Map<SessionKey, Set<string>>();
  #bytes = 0;

  constructor(bounds: KeptBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A copy of the answer, if one is kept; counts as a use of it. */
  get(session: SessionKey, refKey: string, now: number): KeptAnswer | undefined {
    const name = entryName(session, refKey);
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, { ...entry, lastUsed: now });
    return { found: copyOf(entry.found), asOf: entry.asOf };
  }

  /** Keeps a copy, unless a newer one is there. */
  set(session: SessionKey, refKey: string, answer: KeptAnswer, now: number): void {
    const name = entryName(session, refKey);
    const old = this.#entries.get(name);
    if (old !== undefined && old.asOf > answer.asOf) return;
    this.delete(session, refKey);
    if (answer.found.value.size + overhead > this.#bounds.bytes) return;
    this.#entries.set(name, { found: copyOf(answer.found), asOf: answer.asOf, lastUsed: now });
    this.#bytes += answer.found.value.size + overhead;
    const names = this.#bySession.get(session) ?? new Set();
    this.#bySession.set(session, names.add(name));
    while (this.#entries.size > this.#bounds.entries || this.#bytes > this.#bounds.bytes) this.#dropOldest();
  }

  delete(session: SessionKey, refKey: string): void {
    this.#drop(session, entryName(session, refKey));
  }

  /** Forgets all that a session holds. */
  deleteSession(session: SessionKey): void {
    for (const name of this.#bySession.get(session) ?? []) this.#drop(session, name);
  }

  /** Drops what nobody has asked for since, in milliseconds since 1970. */
  dropUnused(since: number): void {
    for (const [name, entry] of this.#entries) {
      if (entry.lastUsed >= since) return;
      this.#drop(sessionOf(name), name);
    }
  }

  #dropOldest(): void {
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#drop(sessionOf(oldest), oldest);
  }

  #drop(session: SessionKey, name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    this.#bytes -= entry.found.value.size + overhead;
    entry.found.value.wipe();
    const names = this.#bySession.get(session);
    names?.delete(name);
    if (names?.size === 0) this.#bySession.delete(session);
  }
}

function entryName(session: SessionKey, refKey: string): string {
  return `${session}\0${refKey}`;
}

function sessionOf(name: string): SessionKey {
  return name.slice(0, name.indexOf("\0")) as SessionKey;
}

function copyOf(found: Found): Found {
  return { ...found, value: found.value.copy() };
}
