import { MountError } from "../../model/error.ts";
import { findingsOf, type Finding } from "./finding.ts";
import { grantText, makesTokens, permissionText, type Feature } from "./permissions.ts";

const { ok, warning, problem, skipped } = findingsOf("rbac");

/** What a review said: allowed or not, or why it could not be asked. */
export type Verdict = boolean | MountError;

/** Whether the daemon has a right that a feature needs. */
export function checkFeature(feature: Feature, verdict: Verdict): Finding {
  const { permission, purpose, without, value, use, required } = feature;
  const subject = permissionText(permission);
  if (verdict === true) return ok(subject, `granted, for ${purpose}`);
  if (verdict instanceof MountError) return unasked(subject, verdict);
  const fix = grantText(feature);
  if (required) return problem(subject, `is not granted; ${purpose} needs it: ${without}`, fix);
  if (use === "possible") return ok(subject, `not granted, only needed for ${purpose} (${value})`);
  return warning(subject, `is not granted, for ${purpose}: ${without}`, fix);
}

/** The right to make tokens: better not granted where kubelet makes them. */
export function checkTokenRight(verdict: Verdict): Finding {
  const subject = permissionText(makesTokens);
  if (verdict instanceof MountError) return unasked(subject, verdict);
  if (!verdict) return ok(subject, "not granted; the tokens of pods come from tokenRequests");
  return ok(subject, "granted: the daemon can act as any service account, which tokenRequests make needless");
}

function unasked(subject: string, { message }: MountError): Finding {
  return skipped(subject, message, "let the API be asked: every identity that it knows may ask what it may do");
}
