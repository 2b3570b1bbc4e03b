import { MountError } from "../../model/error.ts";
import { numbersFit, parseGoJson, type GoJson } from "../../text/go/json.ts";
import { goText } from "../../text/go/text.ts";
import { GoYamlError, type GoNode } from "../../text/go/yaml-node.ts";
import { goBase64 } from "../../text/go/base64.ts";
import { parseGoYaml } from "../../text/go/yaml.ts";

/** Takes one text at the top of a payload. */
export interface Extraction {
  readonly format: "JSON" | "YAML";
  /** Not empty; dots in it are literal. */
  readonly key: string;
}

/**
 * The text under a key of a payload that is a JSON or YAML object, as the official provider takes it. Throws MountError
 * `object_unusable` for a payload that is none or a value that is no text, `select_no_match` for a missing key.
 */
export function extract(payload: Uint8Array, extraction: Extraction): Uint8Array {
  const { format, key } = extraction;
  const value = format === "JSON" ? fromJson(payload, key) : fromYaml(payload, key);
  if (value === undefined) throw new MountError("select_no_match", `key '${key}' not found in ${format}`);
  if (value === null) {
    const message = `unsupported value type for key '${key}'; it is not a text, and only texts can be extracted`;
    throw new MountError("object_unusable", message);
  }
  return typeof value === "string" ? Buffer.from(value, "utf8") : value;
}

/** Undefined where the key is missing, null where its value is no text. */
function fromJson(payload: Uint8Array, key: string): string | null | undefined {
  const root = parseJson(payload);
  if (root === null) return undefined;
  if (!(root instanceof Map)) {
    throw new MountError("object_unusable", "failed to unmarshal JSON: Invalid JSON format for key extraction");
  }
  const value = (root as ReadonlyMap<string, GoJson>).get(key);
  return value === undefined || typeof value === "string" ? value : null;
}

function parseJson(payload: Uint8Array): GoJson | undefined {
  try {
    const text = goText(payload);
    return numbersFit(text) ? parseGoJson(text) : undefined;
  } catch (thrown) {
    if (thrown instanceof MountError)
      throw new MountError(thrown.reason, `the payload cannot be read: ${thrown.message}`);
    return undefined;
  }
}

function fromYaml(payload: Uint8Array, key: string): string | Uint8Array | null | undefined {
  const root = parseYaml(payload);
  if (root === undefined || (root.kind === "scalar" && root.tag === "!!null")) return undefined;
  if (root.kind !== "map" || !hasPlainKeys(root)) throw notYaml();
  const entry = root.entries.find(
    (one) => one.key.kind === "scalar" && one.key.tag !== "!!null" && one.key.text === key,
  );
  if (entry === undefined) return undefined;
  const { value } = entry;
  if (value.kind !== "scalar") return null;
  const typed = ["!!null", "!!bool", "!!int", "!!float", "!!timestamp"].includes(value.tag);
  if (value.tag === "!!binary") return goBase64(value.text) ?? null;
  return typed ? null : value.text;
}

function parseYaml(payload: Uint8Array): GoNode | undefined {
  const text = goText(payload);
  try {
    if (text.includes("\ufffd") && !Buffer.from(text, "utf8").equals(payload)) throw notYaml();
    return parseGoYaml(text);
  } catch (thrown) {
    if (thrown instanceof GoYamlError) throw notYaml();
    throw thrown;
  }
}

function notYaml(): MountError {
  return new MountError("object_unusable", "failed to unmarshal YAML: Invalid YAML format for key extraction");
}

/** Whether no key anywhere is a list or a map. */
function hasPlainKeys(node: GoNode): boolean {
  if (node.kind === "list") return node.items.every(hasPlainKeys);
  if (node.kind === "scalar") return true;
  return node.entries.every(({ key, value }) => key.kind === "scalar" && hasPlainKeys(value));
}
