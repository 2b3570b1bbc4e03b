/**
 * Every field name that a log line may carry. Adding one is a decision: whatever goes under it is read by people who
 * may not read secrets.
 */
export const logKeys = [
  "pod",
  "namespace",
  "pod_uid",
  "service_account",
  "secret_provider_class",
  "dialect",
  "socket",
  "store",
  "kind",
  "object",
  "objects",
  "asked",
  "shared",
  "stale",
  "milliseconds",
  "outcome",
  "code",
  "problem",
  "fix",
  "address",
  "directory",
  "file",
  "signal",
  "lines",
  "in_flight",
  "aborted",
  "attempt",
  "version",
  "commit",
  "node",
  "error",
  "stack",
] as const;

/** A field name that a log line may carry. */
export type LogKey = (typeof logKeys)[number];
