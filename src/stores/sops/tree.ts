import type { Tree } from "../../model/outcome.ts";
import type { MapNode, Node } from "./node.ts";

/** The first document as data for JMESPath: times are text, whole numbers past a double's reach are bigint. */
export function treeOf(documents: readonly MapNode[]): Tree {
  return nodeTree(documents[0] ?? { kind: "map", entries: [] });
}

function nodeTree(node: Node): Tree {
  switch (node.kind) {
    case "map":
      return mapTree(node);
    case "list":
      return node.items.map(nodeTree);
    case "text":
    case "time":
      return node.text;
    case "bytes":
      return node.bytes;
    case "int":
      return Number.isSafeInteger(Number(node.value)) ? Number(node.value) : node.value;
    case "float":
    case "bool":
      return node.value;
    case "null":
    case "comment":
      return null;
  }
}

/** Only an INI file can have two sections of one name: the first is what the original program takes a value out of. */
function mapTree({ entries }: MapNode): Tree {
  const first = new Map<string, Tree>();
  for (const { key, value } of entries) if (!first.has(key)) first.set(key, nodeTree(value));
  return Object.fromEntries(first);
}
