/** Work that waits, by tenant: whoever took least is next, and each tenant's own in the order of their arrival. */
export class Turns<Item> {
  readonly #waiting = new Map<string, Item[]>();
  readonly #taken = new Map<string, number>();

  add(tenant: string, item: Item): void {
    const items = this.#waiting.get(tenant);
    if (items === undefined) this.#waiting.set(tenant, [item]);
    else items.push(item);
  }

  remove(tenant: string, item: Item): void {
    const left = this.#waiting.get(tenant)?.filter((other) => other !== item) ?? [];
    this.#keep(tenant, left);
  }

  /** The next one, which waits no longer; undefined when nobody waits, and then nothing is held against anybody. */
  next(): Item | undefined {
    const [first] = [...this.#waiting.keys()].sort((one, other) => this.#of(one) - this.#of(other));
    if (first === undefined) {
      this.#taken.clear();
      return undefined;
    }
    const [item, ...left] = this.#waiting.get(first) ?? [];
    // At the end of the tenants: among equals they go round.
    this.#waiting.delete(first);
    this.#keep(first, left);
    return item;
  }

  /** Counts what a tenant took, in ms. */
  took(tenant: string, milliseconds: number): void {
    this.#taken.set(tenant, this.#of(tenant) + milliseconds);
  }

  #of(tenant: string): number {
    return this.#taken.get(tenant) ?? 0;
  }

  #keep(tenant: string, items: Item[]): void {
    if (items.length === 0) this.#waiting.delete(tenant);
    else this.#waiting.set(tenant, items);
  }
}
