import { RE2JS } from "re2js";
import { job, type Job } from "../model/compute.ts";
import { MountError } from "../model/error.ts";
import { isShort } from "./match.ts";

/** One replacement: every match of an RE2 pattern by a text in which `$1`, `${1}` and `${name}` stand for groups. */
export interface Rewrite {
  readonly match: string;
  readonly replace: string;
}

/** Names, those of them that are wanted, and what they become. */
export interface Rewriting {
  readonly names: readonly string[];
  /** Only names in which this RE2 pattern matches are wanted; undefined for all. */
  readonly wanted: string | undefined;
  /** In order, each on what the one before it made. */
  readonly rewrites: readonly Rewrite[];
}

/** For each name what it becomes; null for one that is not wanted. */
export type Rewritten = readonly (string | null)[];

/** Chooses and rewrites names. */
export const rewriteJob = job<Rewriting, Rewritten>("rewrite", "rewriting names by regular expressions");

/** The longest pattern and replacement, in characters. */
export const maxPattern = 500;

/** The longest name that rewriting may make, in characters: longer ones are no path either. */
const maxName = 4096;

/** Chooses and rewrites in line where that is known to be short, else by `run`. Rejects with MountError. */
export async function rewrite(
  rewriting: Rewriting,
  run: (heavy: Job<Rewriting, Rewritten>, input: Rewriting) => Promise<Rewritten>,
): Promise<Rewritten> {
  const { names, wanted, rewrites } = rewriting;
  const patterns = [...(wanted === undefined ? [] : [wanted]), ...rewrites.map(({ match }) => match)];
  const isCheap = patterns.length <= 10 && patterns.every((pattern) => isShort({ pattern, texts: names }));
  return isCheap ? rewriteAll(rewriting) : run(rewriteJob, rewriting);
}

/** Does the job. Throws MountError `parameter_invalid` where a text is no RE2 pattern, or a name gets too long. */
export function rewriteAll({ names, wanted, rewrites }: Rewriting): Rewritten {
  const filter = wanted === undefined ? undefined : compile(wanted);
  const steps = rewrites.map(({ match, replace }) => ({ pattern: compile(match), replace: expansion(replace) }));
  return names.map((name) => {
    if (filter !== undefined && !filter.test(name)) return null;
    return steps.reduce((text, { pattern, replace }) => {
      const next = pattern.matcher(text).replaceAll(replace);
      if (next.length <= maxName) return next;
      throw new MountError("parameter_invalid", `rewrite makes a name of more than ${maxName} characters`);
    }, name);
  });
}

/** What is wrong with a pattern; undefined for one in order, and for one that takes long to compile. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > maxPattern) return `it is longer than ${maxPattern} characters`;
  if (!isShort({ pattern, texts: [] })) return undefined;
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch {
    return "it is not a valid RE2 pattern";
  }
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch {
    throw new MountError("parameter_invalid", "match is not a valid RE2 pattern");
  }
}

/** The library reads replacements as JavaScript does: what is no group of ours stands for itself. */
function expansion(replace: string): string {
  return replace.replaceAll(/\$\$|\$\{(\w+)\}|\$(\d{1,2})|\$/gu, (_, braced?: string, digits?: string) => {
    const group = braced ?? digits;
    if (group === undefined) return "$$";
    if (Number(group) === 0) return "$&";
    return /^\d+$/u.test(group) ? `$${group}` : `$<${group}>`;
  });
}
