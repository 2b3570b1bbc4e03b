/** Time and chance: handed in, so that tests own them. */
export interface Clock {
  /** The wall clock, in milliseconds since 1970. It may be stepped: only for what is dated so, such as a token's end. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. For every age, pause, deadline and order of events. */
  monotonic(): number;
  /** Resolves after a duration in ms; rejects with the signal's reason when it aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** From 0 up to but not 1. */
  random(): number;
}
