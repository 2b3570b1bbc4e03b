import type { Reason } from "../../model/reasons.ts";
import type { Rule, Severity } from "../../model/rule.ts";
import { rules, type RuleId } from "./rules.ts";

/** A line and column of a file, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One mistake or doubt in a manifest, without the file. */
export interface Mistake extends Position {
  /** The rule's id: one of lint's own, of a dialect, or the reason that a Mount would end with. */
  readonly rule: string;
  readonly severity: Severity;
  /** Position from 0 and name of the object or store that it is about. */
  readonly object?: { readonly index?: number; readonly name?: string; readonly kind: "object" | "store" };
  readonly parameter?: string;
  /** A field of the object, or the path of a field of the manifest, such as `spec.secretObjects[0].type`. */
  readonly field?: string;
  readonly problem: string;
  readonly fix: string;
  /** The reason that a Mount would end with, where it would end. */
  readonly reason?: Reason;
}

/** One mistake or doubt, as `--output json` writes it. */
export interface Finding extends Mistake {
  readonly file: string;
}

/** Breaks one of lint's own rules; `fix` is the rule's where it is not given. */
export function mistake(
  rule: RuleId,
  { line, column }: Position,
  problem: string,
  more: { readonly field?: string; readonly fix?: string } = {},
): Mistake {
  const { severity, fix } = rules[rule];
  const field = more.field === undefined ? {} : { field: more.field };
  return { rule, severity, line, column, ...field, problem, fix: more.fix ?? fix };
}

/** By place in the file; what is at one place stays in its order. */
export function inOrder<T extends Position>(found: readonly T[]): readonly T[] {
  return [...found].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Whether any of them fails the run. */
export function hasErrors(found: readonly Mistake[]): boolean {
  return found.some(({ severity }) => severity === "error");
}

/** What a report is made of. */
export interface Report {
  readonly findings: readonly Finding[];
  /** Every rule that a finding can name. */
  readonly rules: readonly Rule[];
  /** How many resources were checked. */
  readonly manifests: number;
  /** Version of the program. */
  readonly version: string;
  readonly color: boolean;
}

/** What a finding is about: `object 2 "db/password", field filePermission`. */
export function subjectText({ object, field, parameter }: Finding): string {
  const number = object?.index === undefined ? "" : ` ${object.index + 1}`;
  const name = object?.name === undefined ? "" : ` ${JSON.stringify(object.name)}`;
  const subject = object === undefined ? (parameter === undefined ? "" : `parameter ${parameter}`) : object.kind;
  const parts = [`${subject}${number}${name}`, field === undefined ? "" : `field ${field}`];
  return parts.filter((part) => part !== "").join(", ");
}
