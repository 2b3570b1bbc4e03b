import { defaultFileMode } from "../../model/file.ts";
import type { Issue, Place } from "../../model/issue.ts";
import type { MountPlan } from "../../model/plan.ts";
import type { Dialect } from "../../model/dialect.ts";
import { Issues } from "../../text/issues.ts";
import { nearest } from "../../text/nearest.ts";
import { adviceOf, positionOf, type Doubt } from "./advice.ts";
import { inOrder, mistake, type Mistake } from "./finding.ts";
import { knownFiles } from "./known-files.ts";
import type { ProviderClass } from "./provider-class.ts";
import { checkFiles } from "./synced-secret.ts";

/** What is known of a SecretProviderClass once it was checked. */
export interface CheckedClass {
  readonly mistakes: readonly Mistake[];
  /** Undefined where a mistake keeps the Mount from being planned. */
  readonly plan: MountPlan | undefined;
}

/** Every mistake and doubt of one SecretProviderClass, in the order of the file. */
export function checkClass(manifest: ProviderClass, dialects: readonly Dialect[]): CheckedClass {
  const found = [...manifest.mistakes];
  const dialect = dialects.find((candidate) => candidate.name === manifest.provider);
  if (dialect === undefined) {
    if (manifest.provider !== "") found.push(unknownProvider(manifest, dialects));
    return { mistakes: inOrder(found), plan: undefined };
  }
  if (manifest.parameters.size === 0) return { mistakes: inOrder(found), plan: undefined };
  const issues = new Issues();
  const plan = dialect.parse({ parameters: manifest.parameters, defaultMode: defaultFileMode, thorough: true }, issues);
  const told = adviceOf(dialect.advice, manifest, issues.sorted);
  for (const issue of told.issues) if (!follows(issue, manifest)) found.push(ofIssue(issue, manifest));
  for (const doubt of told.doubts) found.push(ofDoubt(doubt, manifest));
  if (plan !== undefined) {
    for (const secret of manifest.secretObjects) checkFiles(secret, knownFiles(plan), found);
  }
  return { mistakes: inOrder(found), plan };
}

/** Whether an issue only says what follows from a parameter that could not be read. */
function follows({ place, reason }: Issue, { unreadable }: ProviderClass): boolean {
  if (unreadable.size === 0) return false;
  return unreadable.has(place.parameter ?? "") || reason === "parameter_unknown";
}

/** An issue of the dialect, with its place in the file. */
function ofIssue({ place, problem, fix, reason }: Issue, manifest: ProviderClass): Mistake {
  const at = manifest.locate(place.parameter, place.line, place.column);
  return { rule: reason, severity: "error", ...at, ...subjectOf(place), problem, fix, reason };
}

/** A doubt, which is an error where it is why a Mount would fail. */
function ofDoubt({ advice, breaks }: Doubt, manifest: ProviderClass): Mistake {
  const { rule, place, problem, fix } = advice;
  const said = { ...positionOf(advice, manifest), ...subjectOf(place), problem, fix };
  const reason = breaks.flatMap((error) => ("reason" in error ? [error.reason] : []))[0];
  const severity = breaks.length > 0 ? "error" : rule.severity;
  return { rule: rule.id, severity, ...said, ...(reason === undefined ? {} : { reason }) };
}

/** What a place is about, as findings have it. */
function subjectOf({ index, name, item = "object", parameter, field }: Place): Partial<Mistake> {
  const number = index === undefined ? {} : { index };
  const object = { ...number, ...(name === undefined ? {} : { name }), kind: item };
  return {
    ...(index === undefined && name === undefined ? {} : { object }),
    ...(parameter === undefined ? {} : { parameter }),
    ...(field === undefined ? {} : { field }),
  };
}

function unknownProvider(manifest: ProviderClass, dialects: readonly Dialect[]): Mistake {
  const names = dialects.map((dialect) => dialect.name);
  const written = manifest.provider.toLowerCase();
  const misnamed = dialects.find(({ advice }) => advice.misnomers.includes(written))?.name;
  const meant = misnamed ?? nearest(manifest.provider, names);
  const fix = meant === undefined ? `write one of: ${names.join(", ")}` : `did you mean ${meant}?`;
  const at = manifest.positionOf(["spec", "provider"]);
  return mistake("provider-unknown", at, "there is no such provider", { field: "spec.provider", fix });
}
