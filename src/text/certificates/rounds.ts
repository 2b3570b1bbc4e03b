import { MountError } from "../../model/error.ts";

/** Rounds of all key derivations of a key store together that are done on the thread that serves everybody: some ms. */
export const shortRounds = 20_000;

/** Those of one key store at most: real ones use two thousand to a few hundred thousand. */
export const maxRounds = 3_000_000;

/** Counts rounds before they are done. */
export class Rounds {
  #left: number;

  constructor(limit: number) {
    this.#left = limit;
  }

  /** Throws MountError `budget_exceeded`. */
  spend(rounds: number): void {
    this.#left -= rounds;
    if (this.#left >= 0) return;
    throw new MountError(
      "budget_exceeded",
      "the certificate's key store (PFX) takes too many rounds of key derivation",
    );
  }
}
