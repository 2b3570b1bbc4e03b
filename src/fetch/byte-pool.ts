interface Waiting {
  readonly namespace: string;
  readonly bytes: number;
  readonly grant: () => void;
}

/**
 * Divides a number among namespaces: who holds least is served first; one holds at most half, as long as it holds
 * anything. A request that does not fit waits, and keeps its place in front of the later ones of its namespace.
 */
export class BytePool {
  readonly #size: number;
  /** By namespace. */
  readonly #held = new Map<string, number>();
  readonly #waiting = new Map<string, Waiting[]>();
  #used = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** How much is given away. */
  get used(): number {
    return this.#used;
  }

  /** How many requests wait. */
  get waiting(): number {
    return [...this.#waiting.values()].reduce((sum, line) => sum + line.length, 0);
  }

  /** Resolves when the amount is given to the namespace; rejects with the signal's reason. */
  acquire(namespace: string, bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const one: Waiting = {
        namespace,
        bytes,
        grant: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      const leave = () => {
        this.#remove(one);
        this.#serve();
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.set(namespace, [...(this.#waiting.get(namespace) ?? []), one]);
      this.#serve();
    });
  }

  /** Gives the amount at once, where nobody waits and it fits; says whether it did. */
  tryAcquire(namespace: string, bytes: number): boolean {
    const held = (this.#held.get(namespace) ?? 0) + bytes;
    if (this.#waiting.size > 0 || held > this.#size / 2 || this.#used + bytes > this.#size) return false;
    this.#held.set(namespace, held);
    this.#used += bytes;
    return true;
  }

  /** Takes back what was given. */
  release(namespace: string, bytes: number): void {
    const left = (this.#held.get(namespace) ?? 0) - bytes;
    if (left > 0) this.#held.set(namespace, left);
    else this.#held.delete(namespace);
    this.#used -= bytes;
    this.#serve();
  }

  #serve(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#remove(next);
      this.#held.set(next.namespace, (this.#held.get(next.namespace) ?? 0) + next.bytes);
      this.#used += next.bytes;
      next.grant();
    }
  }

  #next(): Waiting | undefined {
    const first = [...this.#waiting.values()].flatMap((line) => line[0] ?? []);
    const heldBy = ({ namespace }: Waiting) => this.#held.get(namespace) ?? 0;
    first.sort((a, b) => heldBy(a) - heldBy(b));
    return first.find((one) => {
      const held = heldBy(one);
      if (held > 0 && held + one.bytes > this.#size / 2) return false;
      return this.#used === 0 || this.#used + one.bytes <= this.#size;
    });
  }

  #remove(one: Waiting): void {
    const line = this.#waiting.get(one.namespace)?.filter((other) => other !== one) ?? [];
    if (line.length === 0) this.#waiting.delete(one.namespace);
    else this.#waiting.set(one.namespace, line);
  }
}
