import { MountError, type ErrorContext } from "./error.ts";
import type { Tokens } from "./pod.ts";

/** What to do where a pod has no token for an audience: where it is asked for, and which ones there are. Never a token. */
export function audienceAdvice(tokens: Tokens): string {
  const present = [...tokens.keys()].map((one) => JSON.stringify(one)).join(", ");
  return `add that audience to tokenRequests of the CSIDriver object (audiences present: ${present === "" ? "none" : present})`;
}

/**
 * The error, `identity_missing`, of a pod without a service-account token for an audience. `usedBy` is who needs it, such
 * as `key "prod"`; empty where the context tells the store.
 */
export function missingToken(audience: string, tokens: Tokens, usedBy: string, context: ErrorContext = {}): MountError {
  const needed = usedBy === "" ? "" : `, which ${usedBy} needs`;
  return new MountError(
    "identity_missing",
    `the pod has no service-account token for audience ${JSON.stringify(audience)}${needed}; ${audienceAdvice(tokens)}`,
    context,
  );
}

/** The same error with the number before it by which people know the official provider's; `officialError` as `Audience` has it. */
export function numbered(error: MountError, officialError: string | undefined): MountError {
  if (officialError === undefined) return error;
  return new MountError(error.reason, `${officialError} ${error.message}`, error.context);
}
