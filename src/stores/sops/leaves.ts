import { invalid } from "./budget.ts";
import { limits } from "./limits.ts";
import type { Entry, MapNode, Node, Scalar } from "./node.ts";
import { parseSealed, type Sealed } from "./value.ts";
import type { Zone } from "./zone.ts";

/** A value, with what decides how it is opened. */
export interface Leaf {
  readonly scalar: Scalar;
  /** Keys from the root, each followed by `:`; list positions add nothing. Authenticated together with the value. */
  readonly path: string;
  /** The rule says that it is encrypted. */
  readonly encrypted: boolean;
  /** Its parts, where it is encrypted and not empty. */
  readonly sealed: Sealed | undefined;
}

/** Every value in file order. Throws MountError `document_invalid` for paths past the limit. */
export function leavesOf(documents: readonly MapNode[], zone: Zone): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const visit = (node: Node, path: string, matched: boolean): void => {
    if (node.kind === "map") {
      for (const { key, value } of node.entries) {
        const longer = `${path}${key}:`;
        if (longer.length > limits.path) throw invalid(`a path of keys in it is longer than ${limits.path} characters`);
        visit(value, longer, matched || (zone.by === "key" && zone.matches(key)));
      }
    } else if (node.kind === "list") {
      for (const item of node.items) visit(item, path, matched);
    } else {
      leaves.push(leafOf(node, path, matched, zone));
    }
  };
  for (const document of documents) visit(document, "", false);
  return leaves;
}

function leafOf(scalar: Scalar, path: string, matched: boolean, zone: Zone): Leaf {
  const sealed = scalar.kind === "text" ? parseSealed(scalar.text) : undefined;
  const encrypted = zone.by === "look" ? sealed !== undefined : matched === zone.encryptedIfMatched;
  return { scalar, path, encrypted, sealed: encrypted ? sealed : undefined };
}

/** The same documents with other values, given in file order; comments in lists are dropped. */
export function withValues(documents: readonly MapNode[], values: readonly Scalar[]): readonly MapNode[] {
  let at = 0;
  const map = (node: MapNode): MapNode => ({ kind: "map", entries: node.entries.map(entry) });
  const entry = (from: Entry): Entry => ({ ...from, value: rebuilt(from.value) });
  const rebuilt = (node: Node): Node => {
    if (node.kind === "map") return map(node);
    if (node.kind === "list") {
      return { kind: "list", items: node.items.map(rebuilt).filter((item) => item.kind !== "comment") };
    }
    return values[at++] ?? node;
  };
  return documents.map(map);
}
