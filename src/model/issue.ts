import type { Reason } from "./reasons.ts";

/** Where in a manifest something is wrong. */
export interface Place {
  /** Name of the parameter. */
  readonly parameter?: string;
  /** Zero-based position in the parameter's list; shown counted from 1. */
  readonly index?: number;
  /** What the list holds: `object` (default) or `store`. */
  readonly item?: "object" | "store";
  /** Name of the object or store, once known. */
  readonly name?: string;
  readonly field?: string;
  /** Line and column in the parameter's own text, from 1. */
  readonly line?: number;
  readonly column?: number;
}

/** One mistake in what a person wrote. Texts are lower case without a final stop and never hold a secret. */
export interface Issue {
  readonly reason: Reason;
  readonly place: Place;
  readonly problem: string;
  /** What to write instead. */
  readonly fix: string;
}

/** Takes every issue of a manifest, so that all are reported at once. */
export interface IssueSink {
  add(issue: Issue): void;
}

/** `object 2 "db/password", field filePermission (parameter objects, line 7)` */
export function placeText(place: Place): string {
  const item = place.index === undefined ? undefined : `${place.item ?? "object"} ${place.index + 1}`;
  const named = place.name === undefined ? item : `${item ?? place.item ?? "object"} ${JSON.stringify(place.name)}`;
  const line = place.line === undefined ? "" : `, line ${place.line}`;
  const field = place.field === undefined ? undefined : `field ${place.field}`;
  const parameter = place.parameter === undefined ? undefined : `parameter ${place.parameter}${line}`;
  const subject = [named, field].filter((part) => part !== undefined).join(", ");
  if (subject === "") return parameter ?? "the manifest";
  return parameter === undefined ? subject : `${subject} (${parameter})`;
}
