import { goBase64 } from "./base64.ts";
import { goText } from "./text.ts";
import { goFloat, GoNumber, type GoJson } from "./json.ts";
import { GoYamlError, type GoNode, type GoScalar } from "./yaml-node.ts";
import { resolvePlain } from "./yaml-scalar.ts";

/** What a string field takes of a node: a scalar's text, nothing for null. Undefined for a list or a map. */
export function goString(node: GoNode): string | undefined {
  if (node.kind !== "scalar") return undefined;
  if (node.tag === "!!null") return "";
  return node.tag === "!!binary" ? binaryText(node) : node.text;
}

/** What an integer field takes of a node: null is 0, a float loses its fraction. Undefined for anything else. */
export function goInteger(node: GoNode, range: { readonly min: bigint; readonly max: bigint }): bigint | undefined {
  if (node.kind !== "scalar") return undefined;
  if (node.tag === "!!null") return 0n;
  if (node.tag !== "!!int" && node.tag !== "!!float") return undefined;
  const { value } = resolvePlain(node.text);
  if (typeof value === "number" && !Number.isFinite(value)) return undefined;
  const whole = typeof value === "number" ? BigInt(Math.trunc(value)) : value;
  if (typeof whole !== "bigint" || whole < range.min || whole > range.max) return undefined;
  return whole;
}

/** Texts that a boolean field takes besides booleans, in quotes or not; `"true"` in quotes it does not take. */
const switches: ReadonlyMap<string, boolean> = new Map([
  ...["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "off", "Off", "OFF"].map((word) => [word, false] as const),
]);

/** What a boolean field takes of a node by the rules of yaml.v3: null is false. Undefined for anything else. */
export function goBoolean(node: GoNode): boolean | undefined {
  if (node.kind !== "scalar") return undefined;
  if (node.tag === "!!null") return false;
  if (node.tag === "!!bool") return node.text.toLowerCase() === "true";
  return ["!!int", "!!float", "!!timestamp"].includes(node.tag) ? undefined : switches.get(node.text);
}

/** The value under a key of a map whose keys are texts; the last one of equal text. */
export function goField(node: GoNode, name: string): GoNode | undefined {
  if (node.kind !== "map") return undefined;
  return node.entries.find(({ key }) => key.kind === "scalar" && key.text === name)?.value;
}

/**
 * What `interface{}` takes of a node, as the JSON that Go then makes of it. Throws GoYamlError for what JSON has no form
 * for: an infinite number, a map with keys that are not strings.
 */
export function goValue(node: GoNode): GoJson {
  if (node.kind === "list") return node.items.map(goValue);
  if (node.kind === "scalar") return scalarValue(node);
  const entries = node.entries.map(({ key, value }) => {
    if (key.kind !== "scalar" || key.tag !== "!!str") {
      throw new GoYamlError("a key inside is not a text; put it in quotes", key);
    }
    return [key.text, goValue(value)] as const;
  });
  return new Map(entries);
}

function scalarValue(node: GoScalar): GoJson {
  const { tag, text } = node;
  if (tag === "!!null") return null;
  if (tag === "!!bool") return text.toLowerCase() === "true";
  if (tag === "!!binary") return binaryText(node);
  if (tag !== "!!int" && tag !== "!!float" && tag !== "!!timestamp") return text;
  const { value } = resolvePlain(text);
  if (typeof value === "bigint" && tag === "!!int") return new GoNumber(String(value));
  if (typeof value === "string") return value;
  const number = Number(value);
  if (!Number.isFinite(number)) throw new GoYamlError("a number has no form in JSON", node);
  return goFloat(number);
}

/** The parser has seen to it that it is base64. */
function binaryText(node: GoScalar): string {
  return goText(goBase64(node.text) ?? Buffer.alloc(0));
}
