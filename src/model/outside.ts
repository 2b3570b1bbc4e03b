/** Everything the daemon takes from the world besides its network: handed in, so that tests own the clock. */
export interface Outside {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when it aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** From 0 up to but not 1. */
  random(): number;
}
