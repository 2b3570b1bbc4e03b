import { BoundedMap } from "../model/bounded-map.ts";
import { MountError } from "../model/error.ts";
import type { Reason } from "../model/reasons.ts";

/** Most failures that are remembered. */
const maxFailures = 1000;

/** Reasons that stay as long as the document does, whoever asks. */
const lasting: ReadonlySet<Reason> = new Set<Reason>(["document_invalid", "budget_exceeded"]);

/**
 * Remembers work that failed for good by the digest of what it was done on, so that a bad document costs its price once
 * and not once a minute for each pod. The oldest failures are forgotten.
 */
export function rememberFailures(): <T>(digest: string, work: () => Promise<T>) => Promise<T> {
  const failures = new BoundedMap<string, MountError>(maxFailures);
  return async (digest, work) => {
    const known = failures.get(digest);
    if (known !== undefined) throw known;
    try {
      return await work();
    } catch (thrown) {
      if (thrown instanceof MountError && lasting.has(thrown.reason)) {
        failures.set(digest, thrown);
      }
      throw thrown;
    }
  };
}
