import type { Clock } from "../model/clock.ts";

/** Whether a promise settles within so many milliseconds. It goes on when it does not. */
export async function settlesWithin(promise: Promise<unknown>, milliseconds: number, outside: Clock): Promise<boolean> {
  const stop = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const late = outside.sleep(milliseconds, stop.signal).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    stop.abort();
  }
}
