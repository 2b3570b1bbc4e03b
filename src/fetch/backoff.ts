import type { Clock } from "../model/clock.ts";

/** Tries of one fetch in all. With full jitter they take about 3 s, at most 6 s, unless the store asks for longer. */
export const maxTries = 6;

const pause = { first: 200, longest: 5000 };

/**
 * Milliseconds to wait before the next try: full jitter under an exponential ceiling, never less than what the store
 * asked for in Retry-After (then up to a tenth more, so that not everybody comes back at once).
 */
export function backoff(triesSoFar: number, retryAfter: number | undefined, clock: Pick<Clock, "random">): number {
  const ceiling = Math.min(pause.longest, pause.first * 2 ** (triesSoFar - 1));
  const jittered = clock.random() * ceiling;
  if (retryAfter === undefined) return jittered;
  return Math.max(jittered, retryAfter * (1 + clock.random() / 10));
}
