import { parseObjectPath, pathProblem, type ObjectPath } from "../../model/file.ts";
import type { IssueSink, Place } from "../../model/issue.ts";
import { readGoEntries } from "../../text/go/entries.ts";
import type { GoEntry, TextPair } from "../../text/go/entry.ts";
import { yamlV3 } from "../../text/go/rules.ts";
import { idFix, idProblem, variableId } from "./variable-id.ts";

/** One pair of the list: a file and the variable that it holds. */
export interface DialectEntry {
  /** Zero-based position among all pairs. */
  readonly index: number;
  readonly path: ObjectPath;
  /** Of the variable, without account and kind. */
  readonly id: string;
  readonly place: Place;
}

const options = {
  rules: yamlV3,
  prefix: "CKCP013 CKCP011 failed to unmarshal secrets spec: CKCP033 failed to unmarshal YAML: ",
  fields: '"path/of/file": "id/of/variable"',
  empty: "skipped",
  none: { problem: "CKCP013 CKCP010 it lists no variable", fix: 'list at least one file: - "path": "id/of/variable"' },
} as const;

/** The entries of a list, by the rules of yaml.v3. `parameter`: where the text stands, as messages say it. */
export function openEntries(text: string, parameter: string, issues: IssueSink): readonly GoEntry[] {
  return readGoEntries(text, { ...options, parameter }, issues) ?? [];
}

/** Reads a list of variables. Every mistake is an issue; pairs with one are left out. */
export function parseEntries(
  text: string,
  parameter: string,
  account: string,
  issues: IssueSink,
): readonly DialectEntry[] {
  const entries = openEntries(text, parameter, issues);
  const pairs = entries.flatMap((entry) => entry.pairs());
  if (pairs.length === 0 && entries.length > 0) {
    issues.add({ reason: "no_objects", place: { parameter }, ...options.none });
  }
  return pairs.flatMap((pair, index) => readPair(pair, index, account, issues) ?? []);
}

function readPair(pair: TextPair, index: number, account: string, issues: IssueSink): DialectEntry | undefined {
  const id = variableId(pair.text, account);
  const path = parseObjectPath(pair.name);
  const place: Place = { ...pair.place, index, ...(pair.name === "" ? {} : { name: pair.name }) };
  const wrongPath = pathProblem(pair.name);
  if (wrongPath !== undefined) {
    const fix = "name the file to write, such as db/password.txt";
    issues.add({ reason: "path_invalid", place, problem: `invalid path: ${wrongPath}`, fix });
  }
  const wrongId = idProblem(id);
  if (wrongId !== undefined) issues.add({ reason: "parameter_invalid", place, problem: wrongId, fix: idFix });
  return path === undefined || wrongId !== undefined ? undefined : { index, path, id, place };
}
