import type { Reader } from "../../text/yaml/reader.ts";
import { maxPattern, patternProblem, type Rewrite } from "../../text/rewrite.ts";

/** The largest number of rewrites of one entry. */
const maxRewrites = 20;

/** A field with an RE2 pattern. */
export function readPattern(fields: Reader, name: string): string | undefined {
  const pattern = fields.text(name);
  const problem = pattern === undefined ? undefined : patternProblem(pattern);
  if (problem !== undefined) fields.refuse(name, problem, "write a pattern such as ^prod/[a-z-]+$, in RE2 syntax");
  return pattern;
}

/** `rewrite`: a list of `{ match, replace }`. */
export function readRewrites(fields: Reader): readonly Rewrite[] {
  const entries = fields.parts("rewrite");
  if (entries.length > maxRewrites) {
    fields.refuse("rewrite", `it has more than ${maxRewrites} entries`, "do with fewer, or with a broader pattern");
  }
  return entries.map((entry) => {
    if (!entry.has("match")) entry.requiredText("match", "write the pattern to replace");
    const match = readPattern(entry, "match") ?? "";
    const replace = entry.text("replace");
    if (replace === undefined) entry.refuse("replace", "it is missing", 'write the text to put there, or ""');
    else if (replace.length > maxPattern) {
      entry.refuse("replace", `it is longer than ${maxPattern} characters`, "write a shorter text");
    }
    entry.finish();
    return { match, replace: replace ?? "" };
  });
}
