import { parseForeignMode, parseObjectPath, pathProblem, type FileMode } from "../../model/file.ts";
import type { IssueSink, Place } from "../../model/issue.ts";
import type { Encoding } from "../../model/plan.ts";
import type { Reason } from "../../model/reasons.ts";
import { GoYamlError, type GoMap, type GoNode } from "../../text/go/yaml-node.ts";
import { goField, goInteger, goString } from "../../text/go/yaml-values.ts";
import { parseGoYaml } from "../../text/go/yaml.ts";
import type { AzureObjectType } from "./objects.ts";
import { goTrim } from "./trim.ts";

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
  readonly mode: FileMode | undefined;
}

const parameter = "objects";
const int32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n };
const aString = 'start each element with "- |" and write its fields below, indented';

/** Reads the `objects` parameter: YAML whose `array` lists texts that are YAML again. Every mistake is an issue. */
export function parseDialectObjects(written: string | undefined, issues: IssueSink): readonly DialectObject[] {
  const text = goTrim(written ?? "");
  if (text === "") {
    const fix = "list the objects to mount under array";
    issues.add({ reason: "parameter_missing", place: { parameter }, problem: "objects is not set", fix });
    return [];
  }
  const elements = readArray(text, issues);
  if (elements?.length === 0) {
    const fix = "list the objects under the key array";
    issues.add({ reason: "no_objects", place: { parameter }, problem: "it lists no object", fix });
  }
  return (elements ?? []).flatMap((element, index) => new ElementReader(element, index, issues).read() ?? []);
}

/** The texts under `array`. */
function readArray(text: string, issues: IssueSink): readonly string[] | undefined {
  const refuse = (problem: string, fix: string, line = 1, column = 1) => {
    const place = { parameter, line, column };
    issues.add({ reason: "parameter_invalid", place, problem: `failed to yaml unmarshal objects: ${problem}`, fix });
  };
  try {
    const root = parseGoYaml(text);
    if (root === undefined || isNull(root)) return [];
    if (root.kind !== "map") {
      refuse("it is not a map", "write array: and the objects below it", root.line);
      return undefined;
    }
    const array = goField(root, "array");
    if (array === undefined || isNull(array)) return [];
    if (array.kind !== "list") {
      refuse("array is not a list", aString, array.line);
      return undefined;
    }
    const wrong = array.items.find((item) => item.kind !== "scalar");
    if (wrong === undefined) return array.items.filter((item) => !isNull(item)).map((item) => goString(item) ?? "");
    refuse(`an element is a ${wrong.kind}, not a text`, aString, wrong.line);
  } catch (thrown) {
    if (!(thrown instanceof GoYamlError)) throw thrown;
    refuse(thrown.message, "correct the YAML at this place", thrown.line, thrown.column);
  }
  return undefined;
}

function isNull(node: GoNode): boolean {
  return node.kind === "scalar" && node.tag === "!!null";
}

const encodings: ReadonlyMap<string, Encoding> = new Map([
  ["", "utf-8"],
  ["utf-8", "utf-8"],
  ["base64", "base64"],
  ["hex", "hex"],
]);

/** Reads one element; every mistake in it is an issue. */
class ElementReader {
  readonly #text: string;
  readonly #index: number;
  readonly #issues: IssueSink;
  #name = "";
  #problems = 0;

  constructor(text: string, index: number, issues: IssueSink) {
    this.#text = text;
    this.#index = index;
    this.#issues = issues;
  }

  read(): DialectObject | undefined {
    const map = this.#map();
    if (map === undefined) return undefined;
    const text = (field: string) => this.#field(map, field);
    const name = text("objectName");
    const [alias, written] = [text("objectAlias"), text("objectType")];
    this.#name = alias === "" ? name : alias;
    const type = this.#type(written);
    const history = this.#history(map);
    const format = this.#format(text("objectFormat"), written);
    const encoding = this.#encoding(text("objectEncoding"), written);
    const path = this.#path(history !== undefined);
    const mode = this.#mode(text("filePermission"));
    const version = text("objectVersion");
    if (this.#problems > 0 || type === undefined || path === undefined) return undefined;
    return { index: this.#index, name, type, version, history, format, encoding, path, mode };
  }

  #map(): GoMap | undefined {
    const start = "unmarshal failed for keyVaultObjects at index";
    try {
      const root = parseGoYaml(this.#text);
      if (root === undefined || isNull(root)) return { kind: "map", entries: [], line: 1, column: 1 };
      if (root.kind === "map") return root;
      this.#refuse(undefined, `${start} ${this.#index}: it is not a map of fields`, "write fields such as objectName");
    } catch (thrown) {
      if (!(thrown instanceof GoYamlError)) throw thrown;
      const problem = `${start} ${this.#index}: line ${thrown.line}: ${thrown.message}`;
      this.#refuse(undefined, problem, "correct the YAML of this element");
    }
    return undefined;
  }

  #field(map: GoMap, field: string): string {
    const node = goField(map, field);
    const text = node === undefined ? "" : goString(node);
    if (text === undefined) this.#refuse(field, "it is a list or a map", "write one text");
    return goTrim(text ?? "");
  }

  #type(text: string): AzureObjectType | undefined {
    if (text === "secret" || text === "key" || text === "cert") return text;
    const problem = "Invalid vaultObjectTypes. Should be secret, key, or cert";
    this.#refuse("objectType", problem, "write secret, key or cert; a certificate's private key is of type secret");
    return undefined;
  }

  #history(map: GoMap): number | undefined {
    const node = goField(map, "objectVersionHistory");
    const count = node === undefined ? 0n : goInteger(node, int32);
    if (count === undefined) {
      this.#refuse("objectVersionHistory", "it is not a number", "write a number such as 5, without quotes");
    }
    return count === undefined || count <= 1n ? undefined : Number(count);
  }

  #format(text: string, type: string): "pem" | "pfx" {
    const format = text.toLowerCase();
    if (!["", "pem", "pfx"].includes(format)) {
      this.#refuse("objectFormat", "invalid objectFormat, should be PEM or PFX", "write pem or pfx");
    } else if (text === "pfx" && (type === "key" || type === "cert")) {
      this.#refuse("objectFormat", "PFX format only supported for objectType: secret", "set objectType to secret");
    }
    return format === "pfx" ? "pfx" : "pem";
  }

  #encoding(text: string, type: string): Encoding {
    const encoding = encodings.get(text.toLowerCase());
    if (encoding === undefined) {
      this.#refuse("objectEncoding", "invalid objectEncoding, should be hex, base64 or utf-8", "write one of them");
    } else if (text !== "" && type !== "secret") {
      this.#refuse("objectEncoding", "objectEncoding only supported for objectType: secret", "remove it");
    }
    return encoding ?? "utf-8";
  }

  /** A history's folder is cleaned, as the official provider joins it with the number of each file. */
  #path(isFolder: boolean): string | undefined {
    const field = "objectAlias";
    const written = this.#name;
    const parts = written.split("/").filter((part) => part !== "" && part !== ".");
    const cleaned = isFolder ? parts.join("/") : written;
    const problem = nameProblem(written) ?? pathProblem(isFolder && cleaned === "" ? "0" : cleaned);
    if (problem === undefined) return cleaned;
    this.#refuse(field, problem, "write a relative path, such as db/password", "path_invalid");
    return undefined;
  }

  /** Octal however it is written; what the official provider silently makes 0 of is a mistake. */
  #mode(text: string): FileMode | undefined {
    if (text === "") return undefined;
    const digits = /^\+?(?:0[oO])?([0-7]+)$/u.exec(text)?.[1];
    const bits = digits === undefined ? Number.NaN : Number.parseInt(digits, 8);
    if (bits <= 0o777) return parseForeignMode(bits);
    this.#refuse("filePermission", "it is not octal permission bits", 'write for example "0400"', "mode_invalid");
    return undefined;
  }

  #refuse(field: string | undefined, problem: string, fix: string, reason: Reason = "parameter_invalid"): void {
    this.#problems += 1;
    const place: Place = {
      parameter,
      index: this.#index,
      ...(this.#name === "" ? {} : { name: this.#name }),
      ...(field === undefined ? {} : { field }),
    };
    this.#issues.add({ reason, place, problem, fix });
  }
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
