import type { YamlDocument, YamlList, YamlMap, YamlNode, YamlScalar } from "./syntax/node.ts";

/** A node that is no alias. */
export type YamlContent = YamlScalar | YamlList | YamlMap;

/** What plain YAML scalars mean "nothing". */
const nulls = new Set(["", "~", "null", "Null", "NULL"]);

/** The node itself, or what an alias stands for. */
export function follow(node: YamlNode): YamlContent {
  return node.kind === "alias" ? node.target : node;
}

/** Whether a node stands for nothing: absent, empty, `~` or `null` without quotes. */
export function isNothing(node: YamlNode | undefined): boolean {
  if (node === undefined) return true;
  const content = follow(node);
  if (content.kind !== "scalar") return false;
  return content.tag === "!!null" || (content.tag === "" && content.style === "plain" && nulls.has(content.text));
}

/** The text a scalar was written as, after quotes and escapes; undefined for a list or map. */
export function scalarText(node: YamlNode | undefined): string | undefined {
  const content = node === undefined ? undefined : follow(node);
  return content?.kind === "scalar" ? content.text : undefined;
}

/** Line and column, from 1, of where a node starts. */
export function positionOf({ start }: YamlNode): { readonly line: number; readonly column: number } {
  return { line: start.line + 1, column: start.column + 1 };
}

/** One key of a map and what stands behind it. */
export interface YamlField {
  /** Undefined for a key that is a list or map. */
  readonly key: string | undefined;
  readonly node: YamlNode;
  readonly value: YamlNode;
}

/** The pairs of a map in order, keys as text. */
export function pairsOf(map: YamlMap): readonly YamlField[] {
  return map.pairs.map(({ key, value }) => ({ key: scalarText(key), node: key, value }));
}

/** Whether a document says nothing at all, such as what follows a `---` at the end of a text. */
export function isEmptyDocument({ root }: YamlDocument): boolean {
  return root.kind === "scalar" && root.style === "plain" && root.text === "" && root.tag === "";
}
