import { Scalar } from "yaml";
import { resolveOldPlain } from "../../text/go/old-scalar.ts";
import { scalarText } from "../../text/yaml/nodes.ts";

/** Types that kubectl and Helm, which read manifests with sigs.k8s.io/yaml, know besides texts; times are texts to them. */
const types: ReadonlyMap<string, "nothing" | "boolean" | "number"> = new Map([
  ["!!null", "nothing"],
  ["!!bool", "boolean"],
  ["!!int", "number"],
  ["!!float", "number"],
]);

/** What the API server gets of a scalar: only quoted ones, blocks, and plain ones that mean nothing else, are texts. */
export function kubeType(node: Scalar): "nothing" | "text" | "boolean" | "number" {
  if (node.tag !== undefined && node.tag !== "!")
    return types.get(node.tag.replace(/^tag:yaml\.org,2002:/u, "!!")) ?? "text";
  if (node.type !== undefined && node.type !== Scalar.PLAIN) return "text";
  return types.get(resolveOldPlain(scalarText(node) ?? "").tag) ?? "text";
}
