import type { LiquidError } from "liquidjs";
import { nearest } from "../../../text/nearest.ts";
import { shownName } from "../../../text/shown-name.ts";

/** What is wrong with a template, and what to write instead; neither shows a value. */
export interface TemplateProblem {
  /** From 1, within the template. */
  readonly line: number;
  readonly column: number;
  readonly problem: string;
  readonly fix: string;
}

/** Thrown by filters and output: the text may be shown to the author. */
export class TemplateError extends Error {
  readonly fix: string;

  constructor(problem: string, fix: string) {
    super(problem);
    this.fix = fix;
  }
}

/** Thrown where a template spends more than may be spent in line. */
export class BudgetSpent extends Error {}

/** Names that the nearest one is looked for among. */
export interface KnownNames {
  readonly filters: readonly string[];
  readonly tags: readonly string[];
  /** Keys beside the one that a path lacks; empty where that cannot be told. */
  keysOf(path: string): readonly string[];
}

/** What the engine threw, as the author is told it. The engine's own words are not repeated: they may quote values. */
export function explain(thrown: unknown, known: KnownNames): TemplateProblem {
  if (!isLiquidError(thrown)) return { line: 1, column: 1, ...tooDeep };
  const [line = 1, column = 1] = thrown.token.getPosition();
  const cause = thrown.originalError;
  if (cause instanceof TemplateError) return { line, column, problem: cause.message, fix: cause.fix };
  return { line, column, ...saying(thrown, known) };
}

const tooDeep = { problem: "it cannot be read", fix: "write a simpler template: it nests too deeply" };

type Words = Pick<TemplateProblem, "problem" | "fix">;

function saying({ message, originalError, token }: LiquidError, known: KnownNames): Words {
  // A filter that throws one of these names has no position of its own.
  const words = originalError?.message ?? message;
  const filter = /^undefined filter: ([\w-]+)/u.exec(words)?.[1];
  if (filter !== undefined) return unknown("filter", filter, known.filters);
  const tag = /^tag "([^"]*)" not found/u.exec(words)?.[1];
  if (tag !== undefined) return ending(tag) ?? unknown("tag", tag, known.tags);
  const path = /^undefined variable: ([^]+)/u.exec(words)?.[1];
  if (path !== undefined) return missingKey(path, token, known);
  if (words.includes("not closed"))
    return { problem: "it is not closed", fix: "close it, such as }} for {{ or endif for if" };
  if (words.includes("limit exceeded"))
    return { problem: "it makes too much of its values", fix: "write less with it" };
  if (/Maximum call stack|Invalid string length/u.test(words)) return tooDeep;
  return { problem: "it cannot be read or applied here", fix: "correct the tag or the filter at this place" };
}

function ending(tag: string): Words | undefined {
  if (!/^(?:end\w+|else|elsif|when)$/u.test(tag)) return undefined;
  return {
    problem: `${tag} stands without its beginning`,
    fix: `remove ${tag}, or write what it belongs to before it`,
  };
}

function unknown(what: string, name: string, names: readonly string[]): Words {
  const meant = nearest(name, names);
  const fix = meant === undefined ? `known ${what}s: ${names.join(", ")}` : `did you mean ${meant}?`;
  return { problem: `there is no ${what} ${shownName(name)}`, fix };
}

function missingKey(path: string, token: LiquidError["token"], known: KnownNames): Words {
  const wanted = /^\s*\|\s*required\s*:\s*(?:"([^"]{1,200})"|'([^']{1,200})')/u.exec(token.input.slice(token.end));
  const message = wanted?.[1] ?? wanted?.[2];
  if (message !== undefined) return { problem: message, fix: `add ${shownName(path)} to the object` };
  const last = path.slice(path.lastIndexOf(".") + 1);
  const meant = nearest(last, known.keysOf(path));
  const otherwise = "correct it, add it to the object, or write the filter default behind it";
  return {
    problem: `${shownName(path)} is not there`,
    fix: meant === undefined ? otherwise : `did you mean ${meant}?`,
  };
}

function isLiquidError(thrown: unknown): thrown is LiquidError {
  return thrown instanceof Error && "token" in thrown && typeof thrown.token === "object" && thrown.token !== null;
}
