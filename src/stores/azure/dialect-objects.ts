import { parseForeignMode, parseObjectPath, pathProblem, type FileMode } from "../../model/file.ts";
import type { IssueSink, Place } from "../../model/issue.ts";
import type { Encoding } from "../../model/plan.ts";
import { readGoTexts, type GoTextElement } from "../../text/go/entries.ts";
import { GoEntry } from "../../text/go/entry.ts";
import { yamlV3 } from "../../text/go/rules.ts";
import { GoYamlError, isGoNull } from "../../text/go/yaml-node.ts";
import { parseGoYaml } from "../../text/go/yaml.ts";
import type { AzureObjectType } from "./objects.ts";
import { goTrim } from "../../text/go/trim.ts";

/** One element of `objects`, parsed. */
export interface DialectObject {
  readonly index: number;
  readonly name: string;
  readonly type: AzureObjectType;
  readonly version: string;
  /** Undefined for one version alone. */
  readonly history: number | undefined;
  readonly format: "pem" | "pfx";
  readonly encoding: Encoding;
  /** Path of the file, or of the folder of a history; clean. */
  readonly path: string;
  /** Of the field that the path comes from. */
  readonly place: Place;
  readonly mode: FileMode | undefined;
}

const parameter = "objects";
const int32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n };
const encodings: ReadonlyMap<string, Encoding> = new Map([
  ["", "utf-8"],
  ["utf-8", "utf-8"],
  ["base64", "base64"],
  ["hex", "hex"],
]);

/** Reads the `objects` parameter. Every mistake is an issue. */
export function parseDialectObjects(written: string | undefined, issues: IssueSink): readonly DialectObject[] {
  return openElements(written, issues).flatMap((entry) => readElement(entry) ?? []);
}

/** The elements of the `objects` parameter: YAML whose `array` lists texts that are YAML again; none that are no maps. */
export function openElements(written: string | undefined, issues: IssueSink): readonly GoEntry[] {
  const text = goTrim(written ?? "");
  if (text === "") {
    const fix = "list the objects to mount under array";
    issues.add({ reason: "parameter_missing", place: { parameter }, problem: "objects is not set", fix });
    return [];
  }
  const options = {
    parameter,
    rules: yamlV3,
    prefix: "failed to yaml unmarshal objects: ",
    none: { problem: "it lists no object", fix: "list the objects under the key array" },
    linesBefore: linesOf((written ?? "").slice(0, (written ?? "").indexOf(text))),
  };
  return (readGoTexts(text, "array", options, issues) ?? []).flatMap((element) => openElement(element, issues) ?? []);
}

function linesOf(text: string): number {
  return text.split("\n").length - 1;
}

/** The fields of an element; undefined where its text is no map, which is then an issue. */
function openElement({ text, index, locate }: GoTextElement, issues: IssueSink): GoEntry | undefined {
  const start = "unmarshal failed for keyVaultObjects at index";
  const source = { issues, rules: yamlV3, locate };
  const place = { parameter, index };
  const empty = { kind: "map", entries: [], line: 1, column: 1 } as const;
  try {
    const root = parseGoYaml(text);
    const entry = new GoEntry(root === undefined || isGoNull(root) ? empty : root, place, source);
    if (root === undefined || isGoNull(root) || root.kind === "map") return entry;
    entry.refuse(undefined, `${start} ${index}: it is not a map of fields`, "write fields such as objectName");
  } catch (thrown) {
    if (!(thrown instanceof GoYamlError)) throw thrown;
    const problem = `${start} ${index}: line ${thrown.line}: ${thrown.message}`;
    const fix = "correct the YAML of this element";
    issues.add({ reason: "parameter_invalid", place: { ...place, ...locate(thrown) }, problem, fix });
  }
  return undefined;
}

/** Reads one element; every mistake in it is an issue. */
export function readElement(entry: GoEntry): DialectObject | undefined {
  const text = (field: string) => goTrim(entry.text(field));
  const name = text("objectName");
  const [alias, written] = [text("objectAlias"), text("objectType")];
  const fileName = alias === "" ? name : alias;
  entry.setName(fileName);
  const type = readType(entry, written);
  const count = entry.integer("objectVersionHistory", int32, "write a number such as 5, without quotes") ?? 0;
  const history = count <= 1 ? undefined : count;
  const format = readFormat(entry, text("objectFormat"), written);
  const encoding = readEncoding(entry, text("objectEncoding"), written);
  const path = readPath(entry, fileName, history !== undefined);
  const mode = readMode(entry, text("filePermission"));
  const version = text("objectVersion");
  if (entry.problems > 0 || type === undefined || path === undefined) return undefined;
  const place = entry.placeOf(alias === "" ? "objectName" : "objectAlias");
  return { index: entry.index, name, type, version, history, format, encoding, path, place, mode };
}

function readType(entry: GoEntry, text: string): AzureObjectType | undefined {
  if (text === "secret" || text === "key" || text === "cert") return text;
  const problem = "Invalid vaultObjectTypes. Should be secret, key, or cert";
  entry.refuse("objectType", problem, "write secret, key or cert; a certificate's private key is of type secret");
  return undefined;
}

function readFormat(entry: GoEntry, text: string, type: string): "pem" | "pfx" {
  const format = text.toLowerCase();
  if (!["", "pem", "pfx"].includes(format)) {
    entry.refuse("objectFormat", "invalid objectFormat, should be PEM or PFX", "write pem or pfx");
  } else if (text === "pfx" && (type === "key" || type === "cert")) {
    entry.refuse("objectFormat", "PFX format only supported for objectType: secret", "set objectType to secret");
  }
  return format === "pfx" ? "pfx" : "pem";
}

function readEncoding(entry: GoEntry, text: string, type: string): Encoding {
  const encoding = encodings.get(text.toLowerCase());
  if (encoding === undefined) {
    entry.refuse("objectEncoding", "invalid objectEncoding, should be hex, base64 or utf-8", "write one of them");
  } else if (text !== "" && type !== "secret") {
    entry.refuse("objectEncoding", "objectEncoding only supported for objectType: secret", "remove it");
  }
  return encoding ?? "utf-8";
}

/** A history's folder is cleaned, as the official provider joins it with the number of each file. */
function readPath(entry: GoEntry, written: string, isFolder: boolean): string | undefined {
  const parts = written.split("/").filter((part) => part !== "" && part !== ".");
  const cleaned = isFolder ? parts.join("/") : written;
  const problem = nameProblem(written) ?? pathProblem(isFolder && cleaned === "" ? "0" : cleaned);
  if (problem === undefined) return cleaned;
  entry.refuse("objectAlias", problem, "write a relative path, such as db/password", "path_invalid");
  return undefined;
}

/** Octal however it is written; what the official provider silently makes 0 of is a mistake. */
function readMode(entry: GoEntry, text: string): FileMode | undefined {
  if (text === "") return undefined;
  const digits = /^\+?(?:0[oO])?([0-7]+)$/u.exec(text)?.[1];
  const bits = digits === undefined ? Number.NaN : Number.parseInt(digits, 8);
  if (bits <= 0o777) return parseForeignMode(bits);
  entry.refuse("filePermission", "it is not octal permission bits", 'write for example "0400"', "mode_invalid");
  return undefined;
}

function nameProblem(written: string): string | undefined {
  if (written === "") return "file name must not be empty";
  if (written.startsWith("/")) return "file name must be a relative path";
  return written.includes("..") ? "file name must not contain '..'" : undefined;
}

/** The path of one file of an object. Undefined where the driver would refuse it. */
export function filePath(path: string, number: number | undefined, suffix: string): ReturnType<typeof parseObjectPath> {
  const base = number === undefined ? path : [path, String(number)].filter((part) => part !== "").join("/");
  return parseObjectPath(base + suffix);
}
