interface Waiter {
  readonly admit: () => void;
}

/**
 * A bounded number of places, given to owners in turn: an owner with 500 waiting calls delays another's single one by
 * one place, not by 500.
 */
export class FairQueue {
  /** Waiters by owner; the order of owners is the order of turns. */
  readonly #waiting = new Map<string, Waiter[]>();
  readonly #places: number;
  #taken = 0;

  constructor(places: number) {
    this.#places = places;
  }

  get idle(): boolean {
    return this.#taken === 0 && this.#waiting.size === 0;
  }

  /** Resolves, when a place is free, to a function that gives it back; rejects with the signal's reason. */
  take(owner: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        admit: () => {
          signal.removeEventListener("abort", leave);
          resolve(this.#giveBackOnce());
        },
      };
      const leave = () => {
        this.#remove(owner, waiter);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", leave, { once: true });
      const line = this.#waiting.get(owner);
      if (line === undefined) this.#waiting.set(owner, [waiter]);
      else line.push(waiter);
      this.#admitNext();
    });
  }

  #giveBackOnce(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken -= 1;
      this.#admitNext();
    };
  }

  #admitNext(): void {
    while (this.#taken < this.#places) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const [owner, line] = next;
      const waiter = line.shift();
      // To the end of the round, if there is more.
      this.#waiting.delete(owner);
      if (line.length > 0) this.#waiting.set(owner, line);
      if (waiter === undefined) continue;
      this.#taken += 1;
      waiter.admit();
    }
  }

  #remove(owner: string, waiter: Waiter): void {
    const line = this.#waiting.get(owner)?.filter((other) => other !== waiter);
    if (line === undefined) return;
    if (line.length === 0) this.#waiting.delete(owner);
    else this.#waiting.set(owner, line);
  }
}
