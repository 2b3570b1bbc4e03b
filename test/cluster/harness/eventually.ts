import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds between two looks. */
const pause = 100;

/**
 * What `look` says once it says anything but undefined. A `look` that throws has not seen it yet. Rejects with `what`, and
 * why the last look saw nothing, after `patience` milliseconds.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  patience = 60_000,
): Promise<T> {
  const end = performance.now() + patience;
  let last: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`waited ${patience} ms in vain: ${what}${last instanceof Error ? `: ${last.message}` : ""}`);
    }
    await sleep(pause);
  }
}

/** As `eventually`, for a condition. */
export async function eventuallyTrue(
  what: string,
  holds: () => Promise<boolean> | boolean,
  patience?: number,
): Promise<void> {
  await eventually(what, async () => ((await holds()) ? true : undefined), patience);
}
