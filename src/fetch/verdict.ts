import type { MountError } from "../model/error.ts";
import type { Outcome } from "../model/outcome.ts";

/**
 * What a call's end says of the address: `answered`: it is up; `throttled`: up, and asks for fewer calls; `unreached`:
 * no request was judged (name, connection, TLS); `broken`: a 5xx; `late`: no answer in time; `silent`: nothing.
 */
export type Verdict = "answered" | "throttled" | "unreached" | "broken" | "late" | "silent";

/** Refusals that only a store which judged the request gives. */
const judged: ReadonlySet<MountError["reason"]> = new Set([
  "access_denied",
  "identity_rejected",
  "object_not_found",
  "object_unusable",
]);

/** Reads a verdict off one outcome. An outage of unknown kind is `late`, which never reaches another session. */
export function verdictOf(outcome: Outcome): Verdict {
  if (outcome.kind !== "failed") return "answered";
  const { reason, context, transient } = outcome.error;
  if (reason === "store_throttled") return "throttled";
  if (context.answered === true) return "answered";
  if (context.outage !== undefined) return context.outage;
  if (reason === "store_untrusted") return "unreached";
  if (transient) return "late";
  return judged.has(reason) ? "answered" : "silent";
}

/** The longest Retry-After of several outcomes in ms; at most `limit`, so that no store stops its callers for good. */
export function retryAfterOf(outcomes: readonly Outcome[], limit: number): number | undefined {
  const given = outcomes.flatMap((outcome) =>
    outcome.kind === "failed" ? (outcome.error.context.retryAfter ?? []) : [],
  );
  return given.length === 0 ? undefined : Math.min(limit, Math.max(...given));
}
