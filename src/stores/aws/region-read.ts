import type { MountError } from "../../model/error.ts";
import type { Found, Outcome } from "../../model/outcome.ts";

/** What one region says of one object; `settled` where no other region is to be asked. */
export type RegionRead =
  | Found
  | { readonly kind: "missing"; readonly problem: string; readonly settled: boolean }
  | { readonly kind: "failed"; readonly error: MountError; readonly settled: boolean };

/** Without what only this folder looks at. */
export function outcomeOf(read: RegionRead): Outcome {
  if (read.kind === "missing") return { kind: "missing", problem: read.problem };
  return read.kind === "failed" ? { kind: "failed", error: read.error } : read;
}
