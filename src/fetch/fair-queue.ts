import type { Clock } from "../model/clock.ts";

/** Whose call it is: each level is served in turn within the one above. */
export interface PlaceOwner {
  readonly namespace: string;
  readonly session: string;
  readonly volume: string;
}

/** How many calls may be under way at once. */
export interface PlaceLimits {
  /** At one address. While others wait, each namespace has an equal share of them. */
  readonly all: number;
  /** At most so many of one namespace, of one session, of one volume; also while nobody waits, so that some are free. */
  readonly namespace: number;
  readonly session: number;
  readonly volume: number;
  /** With the calls that hang, and with newcomers that are let in beside them. */
  readonly ceiling: number;
}

/** Under the HTTP client's connections to one origin, which must never be what calls wait for. */
export const placeLimits: PlaceLimits = { all: 64, namespace: 32, session: 24, volume: 20, ceiling: 384 };

/** A call under way for so long, in ms, hangs: it counts against its owner, and no longer against everybody. */
const hangs = 2000;

interface Waiter {
  readonly admit: () => void;
}

/** A namespace, a session in it, or a volume in that: what it holds, and who waits. */
class Group {
  readonly name: string;
  readonly groups = new Map<string, Group>();
  readonly waiters = new Set<Waiter>();
  held = 0;
  waiting = 0;

  constructor(name: string) {
    this.name = name;
  }

  child(name: string): Group {
    const child = this.groups.get(name) ?? new Group(name);
    this.groups.set(name, child);
    return child;
  }
}

/**
 * The places of one address. Who holds least is served first: namespaces among each other, then the sessions of one,
 * then the volumes of that. A namespace below its equal share never waits for calls of those above theirs: it is let in
 * beside them, so that what hangs for one is not what others wait for.
 */
export class FairQueue {
  readonly #clock: Clock;
  readonly #limits: PlaceLimits;
  readonly #root = new Group("");
  /** When each call of a namespace was admitted, the longest first. */
  readonly #since = new Map<string, Map<symbol, number>>();

  constructor(clock: Clock, limits: PlaceLimits = placeLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get idle(): boolean {
    return this.#root.held === 0 && this.#root.waiting === 0;
  }

  /** Resolves, when a place is free, to a function that releases it; rejects with the signal's reason. */
  acquire(owner: PlaceOwner, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const way = this.#wayOf(owner);
    const last = way.at(-1) ?? this.#root;
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        admit: () => {
          signal.removeEventListener("abort", leave);
          this.#dequeue(way, waiter);
          resolve(this.#hold(way));
        },
      };
      const leave = () => {
        this.#dequeue(way, waiter);
        this.#prune(way);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", leave, { once: true });
      last.waiters.add(waiter);
      for (const group of way) group.waiting += 1;
      this.#admitAll();
    });
  }

  #wayOf({ namespace, session, volume }: PlaceOwner): readonly Group[] {
    const space = this.#root.child(namespace);
    const inSpace = space.child(session);
    return [this.#root, space, inSpace, inSpace.child(volume)];
  }

  #hold(way: readonly Group[]): () => void {
    const place = Symbol("place");
    const namespace = way[1]?.name ?? "";
    const since = this.#since.get(namespace) ?? new Map<symbol, number>();
    this.#since.set(namespace, since.set(place, this.#clock.monotonic()));
    for (const group of way) group.held += 1;
    return () => {
      if (!since.delete(place)) return;
      if (since.size === 0) this.#since.delete(namespace);
      for (const group of way) group.held -= 1;
      this.#prune(way);
      this.#admitAll();
    };
  }

  #dequeue(way: readonly Group[], waiter: Waiter): void {
    way.at(-1)?.waiters.delete(waiter);
    for (const group of way) group.waiting -= 1;
  }

  /** Forgets groups that neither hold nor wait. */
  #prune(way: readonly Group[]): void {
    for (let at = way.length - 1; at > 0; at -= 1) {
      const group = way[at];
      if (group?.held === 0 && group.waiting === 0) way[at - 1]?.groups.delete(group.name);
    }
  }

  #admitAll(): void {
    while (this.#root.waiting > 0) {
      const waiter = this.#next();
      if (waiter === undefined) return;
      waiter.admit();
    }
  }

  /** Whose turn it is; undefined when nobody who waits may be let in. */
  #next(): Waiter | undefined {
    if (this.#root.held >= this.#limits.ceiling) return undefined;
    const { all, namespace: most } = this.#limits;
    const moving = new Map([...this.#root.groups.keys()].map((name) => [name, this.#movingOf(name)]));
    const taken = [...moving.values()].reduce((sum, count) => sum + count, 0);
    const rivals = [...this.#root.groups.values()].filter(
      ({ name, held, waiting }) => (moving.get(name) ?? 0) > 0 || (waiting > 0 && held < most),
    );
    const share = Math.max(1, Math.floor(all / Math.max(1, rivals.length)));
    const inOrder = rivals.filter(({ held, waiting }) => waiting > 0 && held < most).sort((a, b) => a.held - b.held);
    for (const space of inOrder) {
      if (taken >= all && space.held >= share) return undefined;
      const waiter = this.#within(space);
      if (waiter !== undefined) return waiter;
    }
    return undefined;
  }

  #within(space: Group): Waiter | undefined {
    for (const session of leastFirst(space, this.#limits.session)) {
      for (const volume of leastFirst(session, this.#limits.volume)) {
        for (const waiter of volume.waiters) return waiter;
      }
    }
    return undefined;
  }

  /** Calls of a namespace that are not known to hang. */
  #movingOf(namespace: string): number {
    const since = this.#since.get(namespace);
    if (since === undefined) return 0;
    const limit = this.#clock.monotonic() - hangs;
    let hanging = 0;
    for (const at of since.values()) {
      if (at > limit) break;
      hanging += 1;
    }
    return since.size - hanging;
  }
}

/** Those of a group that wait and may hold more, who holds least first; of equals, who came first. */
function leastFirst(group: Group, most: number): readonly Group[] {
  return [...group.groups.values()]
    .filter(({ held, waiting }) => waiting > 0 && held < most)
    .sort((a, b) => a.held - b.held);
}
