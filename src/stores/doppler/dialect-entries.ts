import { parseObjectPath, pathProblem, type FileMode, type ObjectPath } from "../../model/file.ts";
import type { IssueSink, Place } from "../../model/issue.ts";
import { parseOctalMode } from "../../text/codecs/octal.ts";
import { isNothing, positionOf, scalarText, type YamlContent } from "../../text/yaml/nodes.ts";
import { readItems } from "../../text/yaml/read-text.ts";
import { Reader } from "../../text/yaml/reader.ts";
import { isSecretName, type NameTransformer } from "./params.ts";
import { transformName } from "./transform-name.ts";

/** What becomes of a value before it is a file. */
export type Processing =
  | { readonly kind: "plain" }
  | { readonly kind: "base64" }
  | { readonly kind: "member"; readonly form: "JSON" | "YAML"; readonly key: string };

/** One entry of `secrets`, parsed. */
export interface DialectEntry {
  readonly index: number;
  readonly name: string;
  readonly path: ObjectPath;
  readonly place: Place;
  /** Undefined where the Mount's own holds. */
  readonly mode: FileMode | undefined;
  readonly processing: Processing;
  readonly optional: boolean;
}

const parameter = "secrets";
const nameFix = "write the secret's name in upper case, such as DB_URL";

/** Reads the list. Every mistake is an issue; entries with one are left out. Undefined where nothing is listed. */
export function parseEntries(
  text: string | undefined,
  transformer: NameTransformer | undefined,
  issues: IssueSink,
): readonly DialectEntry[] | undefined {
  if (text === undefined) return undefined;
  const items = readItems(text, parameter, issues);
  if (items?.length === 0) {
    const fix = "list at least one secret, or remove the parameter: then every secret is a file";
    issues.add({ reason: "no_objects", place: { parameter }, problem: "it lists no secret", fix });
  }
  return items?.flatMap((item, index) => readItem(item, index, transformer, issues) ?? []) ?? [];
}

function readItem(
  item: YamlContent,
  index: number,
  transformer: NameTransformer | undefined,
  issues: IssueSink,
): DialectEntry | undefined {
  const place: Place = { parameter, index, ...positionOf(item) };
  const counted = new CountedIssues(issues);
  if (item.kind === "map") {
    const entry = readMap(new Reader(item, { parameter, index }, counted), index, transformer, counted);
    return counted.size === 0 ? entry : undefined;
  }
  const name = isNothing(item) ? "" : (scalarText(item) ?? "");
  if (!isSecretName(name)) {
    const problem = name === "" ? "it is neither a name nor a map of fields" : "it is no name of a secret";
    issues.add({ reason: "parameter_invalid", place, problem, fix: nameFix });
    return undefined;
  }
  const path = fileOf(transformer === undefined ? name : transformName(name, transformer), place, issues);
  const plain = { mode: undefined, processing: { kind: "plain" }, optional: false } as const;
  return path === undefined ? undefined : { index, name, path, place: { ...place, name }, ...plain };
}

function readMap(
  reader: Reader,
  index: number,
  transformer: NameTransformer | undefined,
  issues: IssueSink,
): DialectEntry | undefined {
  const name = reader.requiredText("name", nameFix);
  if (name !== "") reader.setName(name.slice(0, 200));
  if (name !== "" && !isSecretName(name)) reader.refuse("name", "it is no name of a secret", nameFix);
  const written = reader.text("path");
  if (written !== undefined && transformer !== undefined) {
    reader.refuse("path", "nameTransformer names the files", "remove it, or remove nameTransformer");
  }
  const mode = readMode(reader);
  const processing = readProcessing(reader);
  const optional = reader.boolean("optional") ?? false;
  reader.finish();
  const place = reader.placeOf("path");
  const path = fileOf(written ?? (transformer === undefined ? name : transformName(name, transformer)), place, issues);
  return path === undefined ? undefined : { index, name, path, place, mode, processing, optional };
}

function readMode(reader: Reader): FileMode | undefined {
  const text = reader.text("mode");
  const mode = text === undefined ? undefined : parseOctalMode(text);
  if (text !== undefined && mode === undefined) {
    reader.refuse("mode", "it is not a mode", "write octal bits such as 0400", "mode_invalid");
  }
  return mode;
}

function readProcessing(reader: Reader): Processing {
  const encoding = reader.oneOf("encoding", ["plain", "base64"]);
  const [json, yaml] = [reader.text("jsonKey"), reader.text("yamlKey")];
  const ways = [encoding === "base64", json !== undefined, yaml !== undefined].filter((one) => one);
  const field = json === undefined ? "yamlKey" : "jsonKey";
  if (ways.length > 1) {
    reader.refuse(
      field,
      "encoding: base64, jsonKey and yamlKey exclude each other",
      "keep the one that fits the secret",
    );
  }
  const key = json ?? yaml;
  if (key === "") reader.refuse(field, "it is empty", "name one member of the top level");
  if (key !== undefined) return { kind: "member", form: json === undefined ? "YAML" : "JSON", key };
  return { kind: encoding ?? "plain" };
}

function fileOf(path: string, place: Place, issues: IssueSink): ObjectPath | undefined {
  const problem = pathProblem(path);
  if (problem !== undefined) {
    const fix = "name the file to write, such as db/password.txt";
    issues.add({ reason: "path_invalid", place, problem: `invalid path: ${problem}`, fix });
  }
  return parseObjectPath(path);
}

/** Hands issues on, and counts them. */
class CountedIssues implements IssueSink {
  readonly #issues: IssueSink;
  size = 0;

  constructor(issues: IssueSink) {
    this.#issues = issues;
  }

  add(issue: Parameters<IssueSink["add"]>[0]): void {
    this.size += 1;
    this.#issues.add(issue);
  }
}
