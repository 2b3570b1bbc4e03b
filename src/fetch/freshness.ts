import type { Volumes } from "./volumes.ts";

/** How old an answer may be, in ms. */
export interface Freshness {
  /** For a volume that is mounted already. */
  readonly interval: number;
  /** The shortest interval that a manifest may set for itself. */
  readonly minInterval: number;
  /** For a volume not seen before. */
  readonly firstMount: number;
  /** While the store fails; 0 = never. */
  readonly staleOnError: number;
}

/** The volume that asks, and its manifest's own interval in ms. */
export interface FreshnessOrder {
  readonly volume: string;
  readonly interval?: number;
}

/** The earliest moment, by the monotonic clock, from which an answer may be. */
export function oldestAllowed(freshness: Freshness, volumes: Volumes, order: FreshnessOrder, now: number): number {
  const { firstMount, minInterval } = freshness;
  const interval = order.interval === undefined ? freshness.interval : Math.max(order.interval, minInterval);
  if (volumes.isMounted(order.volume, now)) return now - interval;
  // What an earlier try of the same first mount got is new enough: a throttling store must not be asked again for it.
  const began = volumes.beganAt(order.volume, now);
  return Math.max(began - firstMount, now - Math.max(interval, firstMount));
}
