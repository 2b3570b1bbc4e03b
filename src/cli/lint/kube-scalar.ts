import { resolveOldPlain } from "../../text/go/old-scalar.ts";
import type { YamlScalar } from "../../text/yaml/syntax/node.ts";

/** Types that kubectl and Helm, which read manifests with sigs.k8s.io/yaml, know besides texts; times are texts to them. */
const types: ReadonlyMap<string, "nothing" | "boolean" | "number"> = new Map([
  ["!!null", "nothing"],
  ["!!bool", "boolean"],
  ["!!int", "number"],
  ["!!float", "number"],
]);

/** What the API server gets of a scalar: only quoted ones, blocks, and plain ones that mean nothing else, are texts. */
export function kubeType({ tag, style, text }: YamlScalar): "nothing" | "text" | "boolean" | "number" {
  if (tag !== "" && tag !== "!") return types.get(tag) ?? "text";
  return style === "plain" ? (types.get(resolveOldPlain(text).tag) ?? "text") : "text";
}
