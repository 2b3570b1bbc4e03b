/** What a tenant had since somebody began to wait. */
interface Had {
  /** In ms. */
  readonly taken: number;
  /** Counts up with each turn of anybody. */
  readonly last: number;
}

const nothing: Had = { taken: 0, last: 0 };

/** Work that waits, by tenant: whoever took least is next, among equals whoever waited longest since their last turn. */
export class Turns<Item> {
  readonly #waiting = new Map<string, Item[]>();
  readonly #had = new Map<string, Had>();
  #count = 0;

  add(tenant: string, item: Item): void {
    const items = this.#waiting.get(tenant);
    if (items === undefined) this.#waiting.set(tenant, [item]);
    else items.push(item);
  }

  remove(tenant: string, item: Item): void {
    this.#keep(tenant, this.#waiting.get(tenant)?.filter((other) => other !== item) ?? []);
  }

  /** The next one, which waits no longer; undefined when nobody waits, and then nothing is held against anybody. */
  next(): Item | undefined {
    const [first] = [...this.#waiting.keys()].sort((one, other) => this.#compare(one, other));
    if (first === undefined) {
      this.#had.clear();
      return undefined;
    }
    const [item, ...left] = this.#waiting.get(first) ?? [];
    this.#keep(first, left);
    this.#count += 1;
    this.#had.set(first, { ...this.#of(first), last: this.#count });
    return item;
  }

  /** Counts what a tenant took, in ms. */
  took(tenant: string, milliseconds: number): void {
    const { taken, last } = this.#of(tenant);
    this.#had.set(tenant, { taken: taken + milliseconds, last });
  }

  #compare(one: string, other: string): number {
    const [left, right] = [this.#of(one), this.#of(other)];
    return left.taken - right.taken || left.last - right.last;
  }

  #of(tenant: string): Had {
    return this.#had.get(tenant) ?? nothing;
  }

  #keep(tenant: string, items: Item[]): void {
    if (items.length === 0) this.#waiting.delete(tenant);
    else this.#waiting.set(tenant, items);
  }
}
