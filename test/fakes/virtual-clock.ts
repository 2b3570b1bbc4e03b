import type { Clock } from "../../src/model/clock.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  stopped: boolean;
  readonly fire: () => void;
}

/** Time that passes only when told to, and random numbers from a seed. */
export class VirtualClock implements Clock {
  readonly #start: number;
  /** Milliseconds passed. */
  #now = 0;
  /** How far the wall clock was stepped. */
  #step = 0;
  #order = 0;
  /** A binary heap by time, then by order; stopped timers stay in it until their time. */
  readonly #timers: Timer[] = [];
  #seed: number;

  constructor(start = 1_800_000_000_000, seed = 1) {
    this.#start = start;
    this.#seed = seed;
  }

  now(): number {
    return this.#start + this.#now + this.#step;
  }

  monotonic(): number {
    return this.#now;
  }

  /** Steps the wall clock, as an operator or a time service does; nothing passes by it. */
  stepWall(milliseconds: number): void {
    this.#step += milliseconds;
  }

  /** Mulberry32. */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const stop = () => {
        timer.stopped = true;
        reject(signal.reason as Error);
      };
      const timer: Timer = {
        at: this.#now + Math.max(0, milliseconds),
        order: this.#order++,
        stopped: false,
        fire: () => {
          signal.removeEventListener("abort", stop);
          resolve();
        },
      };
      this.#push(timer);
      signal.addEventListener("abort", stop, { once: true });
    });
  }

  /** Lets so many milliseconds pass, moment by moment, and lets everything that follows from each happen. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (let next = this.#timers[0]; next !== undefined && next.at <= end; next = this.#timers[0]) {
      this.#now = Math.max(this.#now, next.at);
      this.#fireDue();
      await settle();
    }
    this.#now = end;
  }

  #fireDue(): void {
    for (let next = this.#timers[0]; next !== undefined && next.at <= this.#now; next = this.#timers[0]) {
      this.#pop();
      if (!next.stopped) next.fire();
    }
  }

  #push(timer: Timer): void {
    const heap = this.#timers;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(timer, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#timers;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [one, other] = [heap[left], heap[left + 1]];
      if (one === undefined) break;
      const child = other !== undefined && isBefore(other, one) ? left + 1 : left;
      const below = heap[child];
      if (below === undefined || !isBefore(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** Lets all promises that can settle now do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
