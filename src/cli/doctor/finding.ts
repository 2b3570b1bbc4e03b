/** What a check looks at; the checks run in this order. */
export type CheckName = "sockets" | "config" | "csidriver" | "rbac" | "endpoints" | "health";

/** How a check ended; a problem makes the exit code 1. */
export type Status = "ok" | "warning" | "problem" | "skipped";

/** One line of the report. */
export interface Finding {
  readonly check: CheckName;
  readonly status: Status;
  /** What was looked at: a path, an address, an object. */
  readonly subject: string;
  /** What was found, where it is as it should be. */
  readonly found?: string;
  /** What is wrong, or why it was not looked at. */
  readonly problem?: string;
  /** What to change. */
  readonly fix?: string;
}

type Troubled = (subject: string, problem: string, fix: string) => Finding;

/** Makes the findings of one check. */
export interface Findings {
  readonly ok: (subject: string, found: string) => Finding;
  readonly warning: Troubled;
  readonly problem: Troubled;
  readonly skipped: Troubled;
}

/** The findings of a check, by its name. */
export function findingsOf(check: CheckName): Findings {
  const troubled =
    (status: Status): Troubled =>
    (subject, problem, fix) => ({ check, status, subject, problem, fix });
  return {
    ok: (subject, found) => ({ check, status: "ok", subject, found }),
    warning: troubled("warning"),
    problem: troubled("problem"),
    skipped: troubled("skipped"),
  };
}

/** `1 key`, `2 keys`. */
export function many(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
