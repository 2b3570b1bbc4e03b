import { setImmediate } from "node:timers/promises";

/** What of many values could be opened, and what could not. */
export interface OpenedEach<T, V> {
  readonly opened: ReadonlyMap<T, V>;
  /** In the order given; after twenty the rest was not tried. */
  readonly failed: readonly T[];
}

/** Each failure may have cost an attempt with every key. */
const mostFailures = 20;

/**
 * Opens many values, `atOnce` at a time, after which other work gets its turn; `open` gives undefined for one that it
 * cannot open. Rejects as `open` does, or with the signal's reason.
 */
export async function openEach<T, V>(
  values: readonly T[],
  open: (value: T) => Promise<V | undefined>,
  signal: AbortSignal,
  atOnce = 8,
): Promise<OpenedEach<T, V>> {
  const opened = new Map<T, V>();
  const failed: T[] = [];
  for (let at = 0; at < values.length && failed.length < mostFailures; at += atOnce) {
    signal.throwIfAborted();
    const slice = values.slice(at, at + atOnce);
    const results = await Promise.all(slice.map(open));
    slice.forEach((value, index) => {
      const result = results[index];
      if (result === undefined) failed.push(value);
      else opened.set(value, result);
    });
    await setImmediate();
  }
  return { opened, failed };
}
