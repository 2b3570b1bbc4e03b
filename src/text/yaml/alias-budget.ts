import type { YamlNode } from "./syntax/node.ts";

/** Most values that the aliases of a document may stand for, so that a small text cannot become a huge one. */
const mostAliased = 10_000;

/** Whether the aliases of a document stand for more values than anybody needs. */
export function hasTooManyAliases(root: YamlNode): boolean {
  const known = new Map<YamlNode, number>();
  /** How many values a node stands for, up to one more than is allowed. */
  const size = (node: YamlNode): number => {
    if (node.kind === "alias") return size(node.target);
    const counted = known.get(node);
    if (counted !== undefined) return counted;
    let sum = 1;
    for (const one of inside(node)) sum += size(one);
    known.set(node, sum);
    return sum;
  };
  let aliased = 0;
  const visit = (node: YamlNode): void => {
    if (node.kind === "alias") aliased += size(node);
    else if (aliased <= mostAliased) for (const one of inside(node)) visit(one);
  };
  visit(root);
  return aliased > mostAliased;
}

function inside(node: YamlNode): readonly YamlNode[] {
  if (node.kind === "list") return node.items;
  return node.kind === "map" ? node.pairs.flatMap(({ key, value }) => [key, value]) : [];
}
