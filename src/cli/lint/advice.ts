import { adviceRules, type Advice, type DialectAdvice } from "../../model/advice.ts";
import type { Issue } from "../../model/issue.ts";
import { nearest } from "../../text/nearest.ts";
import type { Position } from "./finding.ts";
import type { ProviderClass } from "./provider-class.ts";

/** Issues of a Mount and doubts, so that no mistake is told twice. */
export interface Told {
  readonly issues: readonly Issue[];
  readonly doubts: readonly Doubt[];
}

/** A doubt, and the errors that only say what follows from it: then it is one. */
export interface Doubt {
  readonly advice: Advice;
  readonly breaks: readonly (Issue | Advice)[];
}

/** The doubts of a dialect about a manifest, laid beside the issues that its parser found. */
export function adviceOf(dialect: DialectAdvice, manifest: ProviderClass, issues: readonly Issue[]): Told {
  const found: Advice[] = [];
  dialect.advise(manifest.parameters, { advise: (advice) => found.push(advice) });
  const named = withoutAbsent(issues);
  const errors = [...named, ...found.filter(({ rule }) => rule.severity === "error")];
  const doubts = found.map((advice) => {
    return { advice, breaks: errors.filter((error) => error !== advice && saysSame(error, advice, manifest)) };
  });
  const said = new Set(doubts.flatMap(({ breaks }) => breaks));
  return {
    issues: named.filter((issue) => !said.has(issue)),
    doubts: doubts.filter(({ advice }) => !said.has(advice)),
  };
}

/** Whether an error is about what is absent because it stands under the name of the doubt. */
function saysSame({ place }: Issue | Advice, { place: of, meant }: Advice, { parameters }: ProviderClass): boolean {
  if (of.index === undefined) {
    const name = place.parameter ?? "";
    return place.index === undefined && meant.includes(name) && (name === of.parameter || !parameters.has(name));
  }
  return place.parameter === of.parameter && place.index === of.index && meant.includes(place.field ?? "");
}

/** Without what is missing where something unknown beside it is nearly its name. */
function withoutAbsent(issues: readonly Issue[]): readonly Issue[] {
  const unknown = issues.filter(({ reason }) => reason === "parameter_unknown");
  return issues.filter(({ reason, place: missing }) => {
    if (reason !== "parameter_missing") return true;
    return !unknown.some(({ place }) => {
      const [name, absent] =
        missing.field === undefined ? [place.parameter, missing.parameter] : [place.field, missing.field];
      const beside =
        place.index === missing.index && (missing.field === undefined || place.parameter === missing.parameter);
      return beside && name !== undefined && absent !== undefined && nearest(name, [absent]) === absent;
    });
  });
}

/** Rules about the name of a parameter rather than its value. */
const aboutNames: ReadonlySet<string> = new Set(
  [adviceRules.notRead, adviceRules.retired, adviceRules.noEffect].map(({ id }) => id),
);

/** Where a doubt stands in the file. */
export function positionOf({ rule, place }: Advice, manifest: ProviderClass): Position {
  const { parameter, line, column } = place;
  if (parameter !== undefined && line === undefined && aboutNames.has(rule.id)) return manifest.nameOf(parameter);
  return manifest.locate(parameter, line, column);
}
