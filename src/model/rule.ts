/** `error`: a Mount, the API server or the driver would refuse it. `warning`: it is taken, and hardly what was meant. */
export type Severity = "error" | "warning";

/** One rule that `keyferry lint` holds manifests to. docs/reference/lint.md lists them all. */
export interface Rule {
  /** Kebab case; unique over lint and every dialect. */
  readonly id: string;
  readonly severity: Severity;
  /** What is wrong where the rule is broken: lower case, no final stop. */
  readonly summary: string;
  /** What to write instead. */
  readonly fix: string;
}
