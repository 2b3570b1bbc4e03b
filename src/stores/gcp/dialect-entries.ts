import { parseForeignMode, parseObjectPath, pathProblem, type FileMode, type ObjectPath } from "../../model/file.ts";
import type { IssueSink, Place } from "../../model/issue.ts";
import type { Reason } from "../../model/reasons.ts";
import { GoYamlError, type GoMap, type GoNode } from "../../text/go/yaml-node.ts";
import { goField, goInteger, goString } from "../../text/go/yaml-values.ts";
import { parseGoYaml } from "../../text/go/yaml.ts";
import type { Extraction } from "./extract.ts";
import { parseResourceName, type Resource } from "./resource-name.ts";

/** One entry of `secrets`, parsed. */
export interface DialectEntry {
  readonly index: number;
  /** As written. */
  readonly resourceName: string;
  readonly resource: Resource;
  readonly path: ObjectPath;
  /** Undefined where the Mount's own holds. */
  readonly mode: FileMode | undefined;
  readonly extraction: Extraction | undefined;
}

const parameter = "secrets";
const int32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n };

/** Reads the `secrets` parameter by the rules of yaml.v3. Every mistake is an issue; entries with one are left out. */
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
  const items = readItems(text, issues);
  if (items?.length === 0) {
    const fix = "list at least one entry with resourceName and path";
    issues.add({ reason: "no_objects", place: { parameter }, problem: "it lists no secret", fix });
  }
  return (items ?? []).flatMap((node, index) => new EntryReader(node, index, issues).read() ?? []);
}

function readItems(text: string, issues: IssueSink): readonly GoNode[] | undefined {
  try {
    const root = parseGoYaml(text);
    if (root === undefined || isNull(root)) return [];
    if (root.kind === "list") return root.items;
    const place = { parameter, line: root.line, column: root.column };
    const problem = "failed to unmarshal secrets attribute: it is not a list";
    issues.add({ reason: "parameter_invalid", place, problem, fix: 'start each entry with "- "' });
  } catch (thrown) {
    if (!(thrown instanceof GoYamlError)) throw thrown;
    const { line, column, message } = thrown;
    const problem = `failed to unmarshal secrets attribute: ${message}`;
    issues.add({ reason: "parameter_invalid", place: { parameter, line, column }, problem, fix: "correct the YAML" });
  }
  return undefined;
}

function isNull(node: GoNode): boolean {
  return node.kind === "scalar" && node.tag === "!!null";
}

/** Reads one entry; every mistake in it is an issue. */
class EntryReader {
  readonly #node: GoNode;
  readonly #index: number;
  readonly #issues: IssueSink;
  #name = "";
  #problems = 0;

  constructor(node: GoNode, index: number, issues: IssueSink) {
    this.#node = node;
    this.#index = index;
    this.#issues = issues;
  }

  read(): DialectEntry | undefined {
    const node = this.#node;
    if (node.kind !== "map") {
      this.#refuse(undefined, "it is not a map of fields", "write fields such as resourceName and path");
      return undefined;
    }
    const [written, fileName] = [this.#text(node, "path"), this.#text(node, "fileName")];
    this.#name = written === "" ? fileName : written;
    const resourceName = this.#text(node, "resourceName");
    const resource = this.#resource(resourceName);
    const path = this.#path(written === "" ? "fileName" : "path");
    const mode = this.#mode(node);
    const extraction = this.#extraction(node);
    if (this.#problems > 0 || resource === undefined || path === undefined) return undefined;
    return { index: this.#index, resourceName, resource, path, mode, extraction };
  }

  #text(node: GoMap, field: string): string {
    const value = goField(node, field);
    const text = value === undefined ? "" : goString(value);
    if (text === undefined) this.#refuse(field, "it is a list or a map", "write one text");
    return text ?? "";
  }

  #mode(node: GoMap): FileMode | undefined {
    const value = goField(node, "mode");
    if (value === undefined || isNull(value)) return undefined;
    const mode = goInteger(value, int32);
    if (mode === undefined) this.#refuse("mode", "it is not a number", "write octal bits such as 0400, without quotes");
    return mode === undefined ? undefined : parseForeignMode(Number(mode));
  }

  #resource(name: string): Resource | undefined {
    const parsed = parseResourceName(name);
    if (parsed.kind === "parsed") return parsed.resource;
    this.#refuse("resourceName", parsed.problem, parsed.fix);
    return undefined;
  }

  #path(field: string): ObjectPath | undefined {
    const problem = pathProblem(this.#name);
    if (problem === undefined) return parseObjectPath(this.#name);
    this.#refuse(field, `invalid path: ${problem}`, "name the file to write, such as db/password.txt", "path_invalid");
    return undefined;
  }

  #extraction(node: GoMap): Extraction | undefined {
    const [json, yaml] = [this.#text(node, "extractJSONKey"), this.#text(node, "extractYAMLKey")];
    if (json !== "" && yaml !== "") {
      const problem = "both ExtractJSONKey and ExtractYAMLKey can't be simultaneously non empty strings";
      this.#refuse("extractYAMLKey", problem, "keep the one that fits the secret");
    }
    if (json !== "") return { format: "JSON", key: json };
    return yaml === "" ? undefined : { format: "YAML", key: yaml };
  }

  #refuse(field: string | undefined, problem: string, fix: string, reason: Reason = "parameter_invalid"): void {
    this.#problems += 1;
    const node = field === undefined ? this.#node : (goField(this.#node, field) ?? this.#node);
    const place: Place = {
      parameter,
      index: this.#index,
      ...(this.#name === "" ? {} : { name: this.#name }),
      ...(field === undefined ? {} : { field }),
      line: node.line,
      column: node.column,
    };
    this.#issues.add({ reason, place, problem, fix });
  }
}
