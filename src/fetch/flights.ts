import { MountError } from "../model/error.ts";
import type { Outcome } from "../model/outcome.ts";
import { orAborted } from "./or-aborted.ts";

/** One fetch under way for one ref, and everybody who waits for it. */
export interface Flight {
  /** The pod that it was started for. */
  readonly pod: string;
  /** When the store was asked, by the monotonic clock; undefined while it is yet to be asked, or asked again. */
  readonly asOf: number | undefined;
  /** Whether it was aborted because nobody waits any more. */
  readonly abandoned: boolean;
  /** Settles when its work is over, however it ended. */
  readonly over: Promise<void>;
  /**
   * Waits for the answer until the signal aborts, then rejects with its reason; the flight goes on for the others.
   * `until`: this waiter's deadline by the monotonic clock; tries go on as long as anybody can use an answer.
   */
  join(signal: AbortSignal, until: number): Promise<Outcome>;
}

/** Does the work; `giveUpAt` tells the latest deadline of those who wait now. */
export type FlightWork = (signal: AbortSignal, giveUpAt: () => number) => Promise<readonly Outcome[]>;

/**
 * Starts one piece of work for several refs: one flight a ref, `asOf` as the work keeps it. The work is aborted when all
 * flights are abandoned.
 */
export function startFlights(
  asOf: readonly (number | undefined)[],
  starter: { readonly pod: string; readonly until: number },
  work: FlightWork,
): readonly Flight[] {
  const controller = new AbortController();
  let waiting = 0;
  let latest = starter.until;
  const answers = work(controller.signal, () => latest);
  // Everybody may have left by the time it fails.
  const over = answers.then(
    () => undefined,
    () => undefined,
  );
  const leave = (reason: unknown) => {
    waiting -= 1;
    if (waiting === 0) controller.abort(reason);
  };
  return asOf.map((_, index) => ({
    pod: starter.pod,
    over,
    get asOf() {
      return asOf[index];
    },
    get abandoned() {
      return controller.signal.aborted;
    },
    join: (signal, deadline) => {
      latest = Math.max(latest, deadline);
      waiting += 1;
      const answer = answers.then((outcomes) => answerAt(outcomes, index));
      return orAborted(answer, signal, leave);
    },
  }));
}

function answerAt(outcomes: readonly Outcome[], index: number): Outcome {
  const outcome = outcomes[index];
  if (outcome === undefined) throw new MountError("internal", "the store left an object unanswered");
  return outcome;
}
