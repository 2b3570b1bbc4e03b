import { goBase64 } from "./base64.ts";
import { goFloat32 } from "./float.ts";
import { oldBoolean, resolveOldPlain } from "./old-scalar.ts";
import type { GoNode } from "./yaml-node.ts";

/**
 * What a string field takes of a node by way of JSON: quoted texts as they are, plain ones resolved and written again.
 * Undefined for a list or a map. Source: sigs.k8s.io/yaml 1.6, convertToJSONableObject.
 */
export function sigsString(node: GoNode): string | undefined {
  if (node.kind !== "scalar") return undefined;
  const { tag, text } = node;
  if (tag === "!!null") return "";
  if (tag === "!!binary") return goBase64(text)?.toString("utf8") ?? "";
  if (tag === "!!bool") return String(oldBoolean(text));
  if (tag !== "!!int" && tag !== "!!float") return text;
  const { value } = resolveOldPlain(text);
  return typeof value === "bigint" && tag === "!!int" ? String(value) : goFloat32(Number(value));
}
