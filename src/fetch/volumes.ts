/** Which volumes are mounted. Told by their mounts alone: nobody reports an unmount. */
export class Volumes {
  /** When each was last mounted, by the monotonic clock; the longest unseen first. */
  readonly #lastSeen = new Map<string, number>();
  /** When each that could not be mounted yet was first tried. */
  readonly #firstTried = new Map<string, number>();
  readonly #forgetAfter: number;

  /** `forgetAfter`: milliseconds without a Mount after which a volume counts as gone. */
  constructor(forgetAfter: number) {
    this.#forgetAfter = forgetAfter;
  }

  get size(): number {
    return this.#lastSeen.size;
  }

  /** Whether the volume has been mounted before, and not too long ago. */
  isMounted(volume: string, now: number): boolean {
    const lastSeen = this.#lastSeen.get(volume);
    return lastSeen !== undefined && now - lastSeen <= this.#forgetAfter;
  }

  /** When the first mount of a volume began: now, unless the store was in the way before. */
  beganAt(volume: string, now: number): number {
    return this.#firstTried.get(volume) ?? now;
  }

  /** Records a first mount that an outage of the store kept from succeeding. */
  delayed(volume: string, now: number): void {
    if (!this.#firstTried.has(volume)) this.#firstTried.set(volume, now);
  }

  /** Records a Mount that succeeded. */
  mounted(volume: string, now: number): void {
    this.#firstTried.delete(volume);
    this.#lastSeen.delete(volume);
    this.#lastSeen.set(volume, now);
  }

  /** Forgets the volumes that are gone. */
  sweep(now: number): void {
    for (const [volume, firstTried] of this.#firstTried) {
      if (now - firstTried <= this.#forgetAfter) break;
      this.#firstTried.delete(volume);
    }
    for (const [volume, lastSeen] of this.#lastSeen) {
      if (now - lastSeen <= this.#forgetAfter) return;
      this.#lastSeen.delete(volume);
    }
  }
}
