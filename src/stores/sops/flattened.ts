import { claimKey, invalid } from "./budget.ts";
import type { MapNode, Node } from "./node.ts";

/** A map or list under construction. */
type Branch = Map<string, Branch | string>;

/**
 * Puts metadata back together that was written as one line a value: `age__list_0__map_enc` is `age[0].enc`. A newline
 * in a value is written as backslash and `n`. Throws MountError.
 */
export function unflatten(lines: readonly (readonly [string, string])[]): MapNode {
  const root: Branch = new Map();
  const seen = new Set<string>();
  for (const [key, value] of lines) {
    claimKey(seen, key);
    const steps = stepsOf(key);
    const last = steps.pop() ?? "";
    if (steps.length > 16) throw invalid("its metadata is nested too deeply");
    const branch = steps.reduce(descend, root);
    if (branch.has(last)) throw invalid("its metadata gives a field both a value and parts");
    branch.set(last, value.replaceAll("\\n", "\n"));
  }
  const node = nodeOf(root);
  if (node.kind !== "map") throw invalid("its metadata is not a map");
  return node;
}

/** `age__list_0__map_enc` → `age`, `list_0`, `map_enc`; list positions and map keys never meet in one branch. */
function stepsOf(key: string): string[] {
  const [first = "", ...rest] = key.split(/__(?=map_|list_)/);
  return [`map_${first}`, ...rest];
}

function descend(branch: Branch, step: string): Branch {
  const next = branch.get(step) ?? new Map<string, Branch | string>();
  if (typeof next === "string") throw invalid("its metadata gives a field both a value and parts");
  branch.set(step, next);
  return next;
}

function nodeOf(branch: Branch | string): Node {
  if (typeof branch === "string") return { kind: "text", text: branch };
  const parts = [...branch].map(([step, part]) => ({ step, value: nodeOf(part) }));
  if (parts.every(({ step }) => step.startsWith("map_"))) {
    return { kind: "map", entries: parts.map(({ step, value }) => ({ key: step.slice("map_".length), value })) };
  }
  const values = new Map(parts.map(({ step, value }) => [step, value]));
  const items = parts.map((_, at) => values.get(`list_${at}`));
  return { kind: "list", items: items.map((item) => item ?? gap()) };
}

function gap(): never {
  throw invalid("its metadata has a list with a gap");
}

/** The inverse: each text of the metadata as a line of its own, newlines as backslash and `n`. */
export function flatten(metadata: MapNode): readonly (readonly [string, string])[] {
  const lines: (readonly [string, string])[] = [];
  const visit = (node: Node, path: string): void => {
    if (node.kind === "map") {
      for (const { key, value } of node.entries) visit(value, path === "" ? key : `${path}__map_${key}`);
    } else if (node.kind === "list") node.items.forEach((item, at) => visit(item, `${path}__list_${at}`));
    else if (node.kind === "text") lines.push([path, node.text.replaceAll("\n", "\\n")]);
    else if (node.kind === "bool") lines.push([path, String(node.value)]);
  };
  visit(metadata, "");
  return lines;
}
