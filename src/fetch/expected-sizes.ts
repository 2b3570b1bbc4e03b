import type { Order } from "./order.ts";

/** What a read is expected to give where nothing is known of it, in bytes: most secrets are far smaller. */
const usual = 8 * 1024;

/** Sizes remembered; the one learnt longest ago leaves first. */
const maxEntries = 10_000;

/** How large answers were, so that room for the next ones is there before they are asked for. */
export class ExpectedSizes {
  readonly #sizes = new Map<string, number>();

  /** What all reads of an order together are expected to give, in bytes. */
  of({ session, reads }: Pick<Order, "session" | "reads">): number {
    return reads.reduce((sum, { key }) => sum + (this.#sizes.get(`${session.key}\0${key}`) ?? usual), 0);
  }

  /** Remembers a size that is not the usual one. */
  learn(session: string, read: string, size: number): void {
    const name = `${session}\0${read}`;
    this.#sizes.delete(name);
    if (size <= usual) return;
    this.#sizes.set(name, size);
    for (const oldest of this.#sizes.keys()) {
      if (this.#sizes.size <= maxEntries) return;
      this.#sizes.delete(oldest);
    }
  }
}
