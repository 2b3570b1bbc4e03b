import { parseForeignMode, parseObjectPath, pathProblem, type FileMode, type ObjectPath } from "../../model/file.ts";
import type { IssueSink, Place } from "../../model/issue.ts";
import type { Reason } from "../../model/reasons.ts";
import { goJson, type GoJson } from "../../text/go/json.ts";
import { GoYamlError, type GoMap, type GoNode } from "../../text/go/yaml-node.ts";
import { goField, goInteger, goString, goValue } from "../../text/go/yaml-values.ts";
import { parseGoYaml } from "../../text/go/yaml.ts";
import { isEncoding } from "./pick.ts";
import { isMethod, parseSecretPath, type VaultRequest } from "./request.ts";
import type { ObjectSettings } from "./version.ts";

/** One entry of `objects`, parsed. */
export interface DialectObject {
  readonly index: number;
  readonly settings: ObjectSettings;
  readonly request: VaultRequest;
  readonly path: ObjectPath;
  /** Undefined where the Mount's own holds. */
  readonly mode: FileMode | undefined;
}

const parameter = "objects";

/** Reads the `objects` parameter by the rules of yaml.v3. Every mistake is an issue; entries with one are left out. */
export function parseDialectObjects(text: string, issues: IssueSink): readonly DialectObject[] {
  const items = readItems(text, issues);
  if (items === undefined) return [];
  if (items.length === 0) {
    const fix = "list at least one object with objectName and secretPath";
    issues.add({ reason: "no_objects", place: { parameter }, problem: "it lists no object", fix });
  }
  const seen = new Set<string>();
  return items.flatMap((node, index): readonly DialectObject[] => {
    const reader = new EntryReader(node, index, issues);
    const object = reader.read();
    if (object === undefined) return [];
    if (seen.has(object.settings.objectName)) {
      reader.refuse("objectName", "another object has the same name", "give each object a name of its own");
    }
    seen.add(object.settings.objectName);
    return [object];
  });
}

function readItems(text: string, issues: IssueSink): readonly GoNode[] | undefined {
  const refuse = (problem: string, fix: string, place: { line: number; column: number }) => {
    issues.add({ reason: "parameter_invalid", place: { parameter, ...place }, problem, fix });
  };
  try {
    const root = parseGoYaml(text);
    if (root === undefined || isNull(root)) return [];
    if (root.kind === "list") return root.items.filter((item) => !isNull(item));
    refuse("it is not a list", 'start each object with "- "', { line: root.line, column: root.column });
  } catch (thrown) {
    if (!(thrown instanceof GoYamlError)) throw thrown;
    const { line, column, message } = thrown;
    refuse(`it is not valid YAML: ${message}`, "correct the YAML at this place", { line, column });
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
  #name: string | undefined;
  #problems = 0;

  constructor(node: GoNode, index: number, issues: IssueSink) {
    this.#node = node;
    this.#index = index;
    this.#issues = issues;
  }

  read(): DialectObject | undefined {
    const node = this.#node;
    if (node.kind !== "map") {
      this.refuse(undefined, "it is not a map of fields", "write fields such as objectName and secretPath");
      return undefined;
    }
    const objectName = this.#text(node, "objectName");
    this.#name = objectName;
    const settings: ObjectSettings = {
      objectName,
      secretPath: this.#text(node, "secretPath"),
      secretKey: this.#text(node, "secretKey"),
      method: this.#text(node, "method"),
      secretArgs: this.#args(node),
      filePermission: this.#permission(node),
      encoding: this.#text(node, "encoding"),
    };
    const request = this.#request(settings);
    const path = this.#path(objectName);
    if (settings.secretKey !== "" && !isEncoding(settings.encoding)) {
      this.refuse("encoding", "it is not a known encoding", "write utf-8, base64 or hex");
    }
    const mode = settings.filePermission === 0 ? undefined : parseForeignMode(settings.filePermission);
    if (this.#problems > 0 || request === undefined || path === undefined) return undefined;
    return { index: this.#index, settings, request, path, mode };
  }

  #text(node: GoMap, field: string): string {
    const value = goField(node, field);
    const text = value === undefined ? "" : goString(value);
    if (text === undefined) this.refuse(field, "it is a list or a map", "write one text");
    return text ?? "";
  }

  #permission(node: GoMap): number {
    const value = goField(node, "filePermission");
    const mode = value === undefined ? 0n : goInteger(value, { min: 0n, max: 2n ** 32n - 1n });
    if (mode === undefined) {
      this.refuse(
        "filePermission",
        "it is not a number of permission bits",
        "write an octal number such as 0600, without quotes",
      );
    }
    return Number(mode ?? 0n);
  }

  #args(node: GoMap): ReadonlyMap<string, GoJson> | null {
    const value = goField(node, "secretArgs");
    if (value === undefined || isNull(value)) return null;
    try {
      if (value.kind === "map") {
        return new Map(value.entries.map(({ key, value: item }) => [goString(key) ?? "", goValue(item)] as const));
      }
      this.refuse("secretArgs", "it is not a map", "write one line for each argument");
    } catch (thrown) {
      if (!(thrown instanceof GoYamlError)) throw thrown;
      this.refuse("secretArgs", `it cannot be sent as JSON: ${thrown.message}`, "correct the arguments");
    }
    return null;
  }

  #request({ secretPath, method, secretArgs }: ObjectSettings): VaultRequest | undefined {
    const parsed = parseSecretPath(secretPath);
    if (parsed.kind === "refused") this.refuse("secretPath", parsed.problem, "correct the path");
    if (method !== "" && !isMethod(method)) {
      this.refuse("method", "it is not an HTTP method", "write GET, POST or PUT, or leave it out");
    }
    if (parsed.kind === "refused") return undefined;
    const body = secretArgs === null ? undefined : goJson(secretArgs);
    return { method: method === "" ? "GET" : method, path: parsed.path, query: parsed.query, body };
  }

  #path(objectName: string): ObjectPath | undefined {
    const problem = pathProblem(objectName);
    if (problem === undefined) return parseObjectPath(objectName);
    const fix = "name the file to write, such as db-password or db/password";
    this.refuse("objectName", `it is the file's path in the volume, and ${problem}`, fix, "path_invalid");
    return undefined;
  }

  refuse(field: string | undefined, problem: string, fix: string, reason: Reason = "parameter_invalid"): void {
    this.#problems += 1;
    const node = field === undefined ? this.#node : (goField(this.#node, field) ?? this.#node);
    const place: Place = {
      parameter,
      index: this.#index,
      ...(this.#name === undefined || this.#name === "" ? {} : { name: this.#name }),
      ...(field === undefined ? {} : { field }),
      line: node.line,
      column: node.column,
    };
    this.#issues.add({ reason, place, problem, fix });
  }
}
