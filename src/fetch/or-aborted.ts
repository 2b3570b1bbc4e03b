/**
 * Waits for something that goes on for others, but no longer than the waiter's own signal; rejects with its reason, after
 * `onLeave` was called with it.
 */
export function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  onLeave: (reason: unknown) => void = () => undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      onLeave(signal.reason);
      reject(signal.reason as Error);
    };
    if (signal.aborted) {
      promise.catch(() => undefined);
      leave();
      return;
    }
    signal.addEventListener("abort", leave, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", leave);
    });
  });
}
