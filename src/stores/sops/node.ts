/** A single value. Whole numbers are 64 bit; times are RFC 3339 text as `canonicalTime` writes it. */
export type Scalar =
  | { readonly kind: "null" }
  | { readonly kind: "text"; readonly text: string }
  /** Bytes that are not UTF-8, or that the document marks as bytes. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "time"; readonly text: string }
  /** Only as an element of a list; never part of what is released. */
  | { readonly kind: "comment" };

export interface Entry {
  readonly key: string;
  /** The key is YAML's merge key, written `<<` without quotes. */
  readonly merge?: true;
  readonly value: Node;
}

export interface MapNode {
  readonly kind: "map";
  readonly entries: readonly Entry[];
}

export interface ListNode {
  readonly kind: "list";
  readonly items: readonly Node[];
}

/** A document's content in file order, the same for all containers. */
export type Node = Scalar | MapNode | ListNode;

/** A document's text taken apart: one map for each document in it, and the first one's metadata. */
export interface ParsedText {
  readonly documents: readonly MapNode[];
  readonly metadata: MapNode | undefined;
  /** Whether a top-level key of content has the name that metadata goes by: such a text cannot be encrypted. */
  readonly reserved?: boolean;
}

/** The value of a key of a map. */
export function entryOf(map: MapNode, key: string): Node | undefined {
  return map.entries.find((entry) => entry.key === key)?.value;
}
