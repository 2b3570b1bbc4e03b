import { mistake, type Mistake } from "./finding.ts";

/** What Go templates of charts hold, and documents that a manifest carries do not: Helm's own objects and functions. */
const helmOnly = /\{\{-?\s*(?:[^{}]*[\s(])?(?:\.(?:Values|Release|Chart|Capabilities|Files)\b|include\s+")/u;

const anyAction = /\{\{[^{}]*\}\}/u;

/**
 * The one mistake of a file that is a template of a chart: nothing else that is said of it would be true of what Helm makes
 * of it. `broken`: whether it is no YAML, so that any action tells; else Helm's own objects do.
 */
export function templateMistake(text: string, broken: boolean): Mistake | undefined {
  if (!text.includes("{{")) return undefined;
  const lines = text.split("\n");
  const form = broken ? anyAction : helmOnly;
  const index = lines.findIndex((line) => !line.trimStart().startsWith("#") && form.test(line.slice(0, maxLine)));
  if (index === -1) return undefined;
  const at = { line: index + 1, column: (lines[index] ?? "").indexOf("{{") + 1 };
  return mistake("helm-template", at, "this is a Helm template, not a manifest");
}

/** Characters of a line that are searched. */
const maxLine = 1000;
