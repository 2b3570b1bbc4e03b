import type { Clock } from "../model/clock.ts";
import type { RetryRule } from "../model/store.ts";

const exponential = { first: 200, longest: 5000 };

const linear = { least: 1000, spread: 500 };

/**
 * Milliseconds to wait before the next try: by the store's rule, never less than what the store asked for in Retry-After
 * (then up to a tenth more, so that not everybody comes back at once).
 */
export function backoff(
  triesSoFar: number,
  { pauses }: Pick<RetryRule, "pauses">,
  retryAfter: number | undefined,
  clock: Pick<Clock, "random">,
): number {
  const ceiling = Math.min(exponential.longest, exponential.first * 2 ** (triesSoFar - 1));
  const jittered =
    pauses === "exponential"
      ? clock.random() * ceiling
      : (linear.least + clock.random() * linear.spread) * Math.min(triesSoFar, 3);
  if (retryAfter === undefined) return jittered;
  return Math.max(jittered, retryAfter * (1 + clock.random() / 10));
}
