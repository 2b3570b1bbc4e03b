import { parseForeignMode, parseObjectPath, pathProblem, type FileMode, type ObjectPath } from "../../model/file.ts";
import type { IssueSink, Place } from "../../model/issue.ts";
import { goJson, type GoJson } from "../../text/go/json.ts";
import { readGoEntries } from "../../text/go/entries.ts";
import type { GoEntry } from "../../text/go/entry.ts";
import { yamlV3 } from "../../text/go/rules.ts";
import { GoYamlError } from "../../text/go/yaml-node.ts";
import { goString, goValue } from "../../text/go/yaml-values.ts";
import { isEncoding } from "./pick.ts";
import { isMethod, parseSecretPath, type VaultRequest } from "./request.ts";
import type { ObjectSettings } from "./version.ts";

/** One entry of `objects`, parsed. */
export interface DialectObject {
  readonly index: number;
  readonly settings: ObjectSettings;
  readonly request: VaultRequest;
  readonly path: ObjectPath;
  /** Of the field that the path comes from. */
  readonly place: Place;
  /** Undefined where the Mount's own holds. */
  readonly mode: FileMode | undefined;
}

const parameter = "objects";
const uint32 = { min: 0n, max: 2n ** 32n - 1n };

/** The entries of the `objects` parameter, by the rules of yaml.v3; none that are no maps. */
export function openEntries(text: string, issues: IssueSink): readonly GoEntry[] {
  const none = { problem: "it lists no object", fix: "list at least one object with objectName and secretPath" };
  const options = { parameter, rules: yamlV3, fields: "objectName and secretPath", empty: "skipped", none } as const;
  return readGoEntries(text, options, issues) ?? [];
}

/** Reads the `objects` parameter. Every mistake is an issue; entries with one are left out. */
export function parseDialectObjects(text: string, issues: IssueSink): readonly DialectObject[] {
  const seen = new Set<string>();
  return openEntries(text, issues).flatMap((entry): readonly DialectObject[] => {
    const object = readObject(entry);
    if (object === undefined) return [];
    if (seen.has(object.settings.objectName)) {
      entry.refuse("objectName", "another object has the same name", "give each object a name of its own");
    }
    seen.add(object.settings.objectName);
    return [object];
  });
}

/** Reads one entry; undefined where there is a mistake in it. */
export function readObject(entry: GoEntry): DialectObject | undefined {
  const objectName = entry.text("objectName");
  entry.setName(objectName);
  const settings: ObjectSettings = {
    objectName,
    secretPath: entry.text("secretPath"),
    secretKey: entry.text("secretKey"),
    method: entry.text("method"),
    secretArgs: readArgs(entry),
    filePermission: entry.integer("filePermission", uint32, "write an octal number such as 0600, without quotes") ?? 0,
    encoding: entry.text("encoding"),
  };
  const request = readRequest(entry, settings);
  const path = readPath(entry, objectName);
  if (settings.secretKey !== "" && !isEncoding(settings.encoding)) {
    entry.refuse("encoding", "it is not a known encoding", "write utf-8, base64 or hex");
  }
  const mode = settings.filePermission === 0 ? undefined : parseForeignMode(settings.filePermission);
  if (entry.problems > 0 || request === undefined || path === undefined) return undefined;
  return { index: entry.index, settings, request, path, place: entry.placeOf("objectName"), mode };
}

function readArgs(entry: GoEntry): ReadonlyMap<string, GoJson> | null {
  const value = entry.node("secretArgs");
  if (value === undefined) return null;
  try {
    if (value.kind === "map") {
      return new Map(value.entries.map(({ key, value: item }) => [goString(key) ?? "", goValue(item)] as const));
    }
    entry.refuse("secretArgs", "it is not a map", "write one line for each argument");
  } catch (thrown) {
    if (!(thrown instanceof GoYamlError)) throw thrown;
    entry.refuse("secretArgs", `it cannot be sent as JSON: ${thrown.message}`, "correct the arguments");
  }
  return null;
}

function readRequest(entry: GoEntry, { secretPath, method, secretArgs }: ObjectSettings): VaultRequest | undefined {
  const parsed = parseSecretPath(secretPath);
  if (parsed.kind === "refused") entry.refuse("secretPath", parsed.problem, "correct the path");
  if (method !== "" && !isMethod(method)) {
    entry.refuse("method", "it is not an HTTP method", "write GET, POST or PUT, or leave it out");
  }
  if (parsed.kind === "refused") return undefined;
  const body = secretArgs === null ? undefined : goJson(secretArgs);
  return { method: method === "" ? "GET" : method, path: parsed.path, query: parsed.query, body };
}

function readPath(entry: GoEntry, objectName: string): ObjectPath | undefined {
  const problem = pathProblem(objectName);
  if (problem === undefined) return parseObjectPath(objectName);
  const fix = "name the file to write, such as db-password or db/password";
  entry.refuse("objectName", `it is the file's path in the volume, and ${problem}`, fix, "path_invalid");
  return undefined;
}
