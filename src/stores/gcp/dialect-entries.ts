import { parseForeignMode, parseObjectPath, pathProblem, type FileMode, type ObjectPath } from "../../model/file.ts";
import type { IssueSink, Place } from "../../model/issue.ts";
import { readGoEntries } from "../../text/go/entries.ts";
import type { GoEntry } from "../../text/go/entry.ts";
import { yamlV3 } from "../../text/go/rules.ts";
import type { Extraction } from "./extract.ts";
import { parseResourceName, type Resource } from "./resource-name.ts";

/** One entry of `secrets`, parsed. */
export interface DialectEntry {
  readonly index: number;
  /** As written. */
  readonly resourceName: string;
  readonly resource: Resource;
  readonly path: ObjectPath;
  /** Of the field that the path comes from. */
  readonly place: Place;
  /** Undefined where the Mount's own holds. */
  readonly mode: FileMode | undefined;
  readonly extraction: Extraction | undefined;
}

const parameter = "secrets";
const options = {
  parameter,
  rules: yamlV3,
  prefix: "failed to unmarshal secrets attribute: ",
  fields: "resourceName and path",
  empty: "refused",
  none: { problem: "it lists no secret", fix: "list at least one entry with resourceName and path" },
} as const;
const int32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n };

/** The entries of the `secrets` parameter, by the rules of yaml.v3; none that are no maps. */
export function openEntries(text: string, issues: IssueSink): readonly GoEntry[] {
  return readGoEntries(text, options, issues) ?? [];
}

/** Reads the `secrets` parameter. Every mistake is an issue; entries with one are left out. */
export function parseEntries(text: string | undefined, issues: IssueSink): readonly DialectEntry[] {
  if (text === undefined) {
    const fix = "list resourceName and path of each secret";
    issues.add({
      reason: "parameter_missing",
      place: { parameter },
      problem: "missing required 'secrets' attribute",
      fix,
    });
    return [];
  }
  return openEntries(text, issues).flatMap((entry) => readEntry(entry) ?? []);
}

/** Reads one entry; undefined where there is a mistake in it. */
export function readEntry(entry: GoEntry): DialectEntry | undefined {
  const [written, fileName] = [entry.text("path"), entry.text("fileName")];
  const name = written === "" ? fileName : written;
  entry.setName(name);
  const resourceName = entry.text("resourceName");
  const parsed = parseResourceName(resourceName);
  if (parsed.kind === "refused") entry.refuse("resourceName", parsed.problem, parsed.fix);
  const problem = pathProblem(name);
  if (problem !== undefined) {
    const fix = "name the file to write, such as db/password.txt";
    entry.refuse(written === "" ? "fileName" : "path", `invalid path: ${problem}`, fix, "path_invalid");
  }
  const path = parseObjectPath(name);
  const bits = entry.integer("mode", int32, "write octal bits such as 0400, without quotes");
  const mode = bits === undefined ? undefined : parseForeignMode(bits);
  const extraction = readExtraction(entry);
  if (entry.problems > 0 || parsed.kind === "refused" || path === undefined) return undefined;
  const place = entry.placeOf(written === "" ? "fileName" : "path");
  return { index: entry.index, resourceName, resource: parsed.resource, path, place, mode, extraction };
}

function readExtraction(entry: GoEntry): Extraction | undefined {
  const [json, yaml] = [entry.text("extractJSONKey"), entry.text("extractYAMLKey")];
  if (json !== "" && yaml !== "") {
    const problem = "both ExtractJSONKey and ExtractYAMLKey can't be simultaneously non empty strings";
    entry.refuse("extractYAMLKey", problem, "keep the one that fits the secret");
  }
  if (json !== "") return { format: "JSON", key: json };
  return yaml === "" ? undefined : { format: "YAML", key: yaml };
}
