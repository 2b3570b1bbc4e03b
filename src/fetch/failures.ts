import type { Failed, Outcome } from "../model/outcome.ts";
import type { Reason } from "../model/reasons.ts";

/** Whose read failed. */
export interface FailureKey {
  readonly namespace: string;
  readonly session: string;
  /** With everything that the outcome depends on: of a document, a digest of all of it. */
  readonly read: string;
}

/**
 * Failures that the same input brings again, and how long each is remembered, in ms: what is wrong with a text stays
 * wrong; which key opens it may change when the operator puts another one there.
 */
const remembered: ReadonlyMap<Reason, number> = new Map([
  ["document_invalid", Infinity],
  ["document_rejected", 5 * 60_000],
]);

/** Failures remembered of one namespace, and of how many namespaces. */
const bounds = { each: 200, namespaces: 500 };

interface Remembered {
  readonly failure: Failed;
  readonly until: number;
}

/** Failures of documents, so that a bad one costs its price once, not once for each pod and each minute. */
export class Failures {
  readonly #byNamespace = new Map<string, Map<string, Remembered>>();

  /** The failure, where the same input is known to bring it again. */
  get({ namespace, session, read }: FailureKey, now: number): Failed | undefined {
    const known = this.#byNamespace.get(namespace)?.get(`${session}\0${read}`);
    return known === undefined || known.until < now ? undefined : known.failure;
  }

  /** Remembers an outcome that is such a failure; forgets the failure where it is not. */
  learn({ namespace, session, read }: FailureKey, outcome: Outcome, now: number): void {
    const own = this.#byNamespace.get(namespace) ?? new Map<string, Remembered>();
    const name = `${session}\0${read}`;
    own.delete(name);
    const span = outcome.kind === "failed" ? remembered.get(outcome.error.reason) : undefined;
    if (outcome.kind === "failed" && span !== undefined) own.set(name, { failure: outcome, until: now + span });
    trim(own, bounds.each);
    this.#byNamespace.delete(namespace);
    if (own.size > 0) this.#byNamespace.set(namespace, own);
    trim(this.#byNamespace, bounds.namespaces);
  }
}

/** The oldest leave. */
function trim(map: Map<string, unknown>, most: number): void {
  for (const name of map.keys()) {
    if (map.size <= most) return;
    map.delete(name);
  }
}
