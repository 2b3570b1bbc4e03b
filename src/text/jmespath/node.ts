import type { Tree } from "../../model/outcome.ts";

/** How two values are compared. */
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** How two numbers are calculated; `//` rounds down. */
export type Arithmetic = "+" | "-" | "*" | "/" | "//" | "%";

/** A part of a parsed expression; `at` is where it stands. */
export type Node = { readonly at: number } & (
  | { readonly kind: "current" | "root" }
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "literal"; readonly value: Tree }
  | { readonly kind: "index"; readonly list: Node; readonly index: number }
  | ({ readonly kind: "slice"; readonly list: Node; readonly each: Node } & SliceBounds)
  | { readonly kind: "then"; readonly left: Node; readonly right: Node }
  | { readonly kind: "pipe"; readonly left: Node; readonly right: Node }
  | { readonly kind: "project"; readonly list: Node; readonly each: Node }
  | { readonly kind: "values"; readonly map: Node; readonly each: Node }
  | { readonly kind: "filter"; readonly list: Node; readonly condition: Node; readonly each: Node }
  | { readonly kind: "flatten"; readonly list: Node; readonly each: Node }
  | { readonly kind: "and" | "or"; readonly left: Node; readonly right: Node }
  | { readonly kind: "not"; readonly of: Node }
  | { readonly kind: "compare"; readonly by: Comparison; readonly left: Node; readonly right: Node }
  | { readonly kind: "calculate"; readonly by: Arithmetic; readonly left: Node; readonly right: Node }
  | { readonly kind: "sign"; readonly by: "+" | "-"; readonly of: Node }
  | { readonly kind: "list"; readonly items: readonly Node[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [name: string, value: Node])[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: "reference"; readonly of: Node }
  | { readonly kind: "let"; readonly bindings: readonly (readonly [name: string, value: Node])[]; readonly body: Node }
  | { readonly kind: "choose"; readonly condition: Node; readonly yes: Node; readonly no: Node }
);

/** `[start:stop:step]`, each left out where undefined. */
export interface SliceBounds {
  readonly start: number | undefined;
  readonly stop: number | undefined;
  readonly step: number;
}
