import { BudgetSpent } from "./expression-error.ts";

/** What one expression may take. */
export interface Limits {
  /** Nodes evaluated, elements and keys visited, characters searched (32 are one step). */
  readonly steps: number;
  /** Estimated memory of the texts, lists and maps that it makes. */
  readonly bytes: number;
}

/** About 20 ms of the fastest work, and twice the largest answer that a driver takes. */
export const defaultLimits: Limits = { steps: 400_000, bytes: 16 << 20 };

/** Counts down. Work is charged before it is done, so that the last charge cannot be a large one. */
export class Budget {
  #steps: number;
  #bytes: number;

  constructor({ steps, bytes }: Limits = defaultLimits) {
    this.#steps = steps;
    this.#bytes = bytes;
  }

  /** What is left. */
  get left(): Limits {
    return { steps: this.#steps, bytes: this.#bytes };
  }

  /** Throws BudgetSpent. */
  step(count = 1): void {
    this.#steps -= count;
    if (this.#steps < 0) throw new BudgetSpent("steps");
  }

  /** Characters that are read once. Throws BudgetSpent. */
  scan(characters: number): void {
    this.step(Math.ceil(characters / 32));
  }

  /** A search of a text for another, at its worst: engines' searches compare a text again and again. */
  search(characters: number, sought: number): void {
    this.scan(characters + Math.max(0, characters - sought) * Math.min(sought, 4096));
  }

  /** A text that is about to be made. */
  text(characters: number): void {
    this.scan(characters);
    this.#take(2 * characters);
  }

  /** A list or map that is about to be made. */
  items(count: number): void {
    this.step(1 + Math.ceil(count / 2));
    this.#take(32 + 24 * count);
  }

  #take(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes < 0) throw new BudgetSpent("bytes");
  }
}
