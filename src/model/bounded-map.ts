/**
 * A map that never holds more than `max` entries: a new key takes the place of the one that was set longest ago. For what
 * is cached by names that others choose; one of them can then at most cost its own look-up again, and no memory.
 */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #max: number;

  constructor(max: number) {
    super();
    this.#max = max;
  }

  /** The key counts as new, also where it was there before. */
  override set(key: Key, value: Value): this {
    this.delete(key);
    if (this.size >= this.#max) for (const oldest of this.keys().take(1)) this.delete(oldest);
    return super.set(key, value);
  }
}
