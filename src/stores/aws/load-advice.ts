import type { Issue, IssueSink } from "../../model/issue.ts";

interface Slip {
  readonly form: RegExp;
  /** Words of the problems that the slip leads to. */
  readonly leadsTo: RegExp;
  readonly problem: string;
  readonly fix: string;
}

/** What people paste or write in place of a list of objects. */
const slips: readonly Slip[] = [
  {
    form: /^\s*array:/mu,
    leadsTo: /not a list/u,
    problem: "objects must be a list; array: with - | is the form of the Azure provider",
    fix: "remove both, and start each object with - objectName:",
  },
  {
    form: /^\s*-\s*objectName:[^\s]/mu,
    leadsTo: /not a map/u,
    problem: "it is a text, not key: value",
    fix: "put a blank after objectName:",
  },
  {
    // A folded text (`>`) joins the lines of entries that are equally indented.
    form: /^[^\n]*objectName:[^\n]* - *objectName:[^\n]*\n?$/u,
    leadsTo: /./u,
    problem: "the lines of the list are joined to one, as objects: > does",
    fix: "write objects: | instead",
  },
];

/** A sink that explains the problems of a text as a whole where the text shows what led to them. */
export function withLoadAdvice(text: string, issues: IssueSink): IssueSink {
  const fitting = slips.filter(({ form }) => form.test(text.slice(0, 100_000)));
  const explain = (issue: Issue): Issue => {
    const slip = fitting.find(({ leadsTo }) => leadsTo.test(issue.problem));
    return slip === undefined || issue.place.field !== undefined
      ? issue
      : { ...issue, problem: `cannot load the SecretProviderClass: ${slip.problem}`, fix: slip.fix };
  };
  return { add: (issue) => issues.add(explain(issue)) };
}
