import type { Once } from "../model/plan.ts";

/** A memory for one Mount: an object of which several values are selected is read as data once. */
export function createOnce(): Once {
  const made = new Map<object, unknown>();
  return <T>(of: object, make: () => T): T => {
    if (!made.has(of)) made.set(of, make());
    return made.get(of) as T;
  };
}
