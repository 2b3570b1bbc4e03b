import { isAlias, isMap, isScalar, isSeq, Scalar, type Document, type YAMLMap } from "yaml";

/** Most aliases that are followed in one document, so that a small text cannot stand for a huge one. */
const mostAliases = 100;

/** What plain YAML scalars mean "nothing". */
const nulls = new Set(["", "~", "null", "Null", "NULL"]);

/** The nodes of one document with aliases followed; counts them, and keeps anchors in document order. */
export class Nodes {
  readonly #anchors = new Map<string, unknown>();
  #followed = 0;

  constructor(document: Document.Parsed | undefined) {
    this.#collect(document?.contents);
  }

  /** The node itself, or what an alias stands for; undefined when it is nothing, or its alias cannot be followed. */
  resolve(node: unknown): unknown {
    if (!isAlias(node)) return node;
    this.#followed += 1;
    if (this.#followed > mostAliases) return undefined;
    return this.#anchors.get(node.source);
  }

  /** Whether more aliases were asked for than are followed. */
  get exhausted(): boolean {
    return this.#followed > mostAliases;
  }

  /** Without recursion: depth is the choice of the text's author. An anchor set twice stands for its first value. */
  #collect(root: unknown): void {
    const open: unknown[] = [root];
    while (open.length > 0) {
      const node = open.pop();
      if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) {
        if (!this.#anchors.has(node.anchor)) this.#anchors.set(node.anchor, node);
      }
      if (isMap(node)) for (const pair of node.items.toReversed()) open.push(pair.value);
      if (isSeq(node)) for (const item of node.items.toReversed()) open.push(item);
    }
  }
}

/** Whether a node stands for nothing: absent, empty, `~` or `null` without quotes. */
export function isNothing(node: unknown): boolean {
  if (node === undefined || node === null) return true;
  return isScalar(node) && node.type === Scalar.PLAIN && nulls.has(node.source ?? "");
}

/** The text a scalar was written as, after quotes and escapes; undefined for a list or map. */
export function scalarText(node: unknown): string | undefined {
  if (!isScalar(node)) return undefined;
  if (typeof node.value === "string") return node.value;
  return node.source ?? "";
}

/** Where a node starts in the text; 0 when it does not say. */
export function startOf(node: unknown): number {
  if (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) return node.range?.[0] ?? 0;
  return 0;
}

/** The pairs of a map in order, keys as text; a key that is a list or map has no text. */
export function pairsOf(
  map: YAMLMap,
): readonly { key: string | undefined; at: number; node: unknown; value: unknown }[] {
  return map.items.map(({ key, value }) => ({ key: scalarText(key), at: startOf(key), node: key, value }));
}
