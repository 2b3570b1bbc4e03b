import type { Mark } from "./cursor.ts";

/** How a scalar was written. */
export type ScalarStyle = "plain" | "single" | "double" | "literal" | "folded";

/** One piece of YAML's syntax; "start" and "end" of block collections stand for changes of the indentation. */
export type Token = { readonly start: Mark; readonly end: Mark } & (
  | { readonly type: StructureToken }
  | { readonly type: "alias" | "anchor"; readonly name: string }
  | { readonly type: "tag"; readonly handle: string; readonly suffix: string }
  | { readonly type: "version"; readonly version: string }
  | { readonly type: "tag directive"; readonly handle: string; readonly prefix: string }
  | { readonly type: "scalar"; readonly text: string; readonly style: ScalarStyle }
);

/** Tokens that say nothing but where they stand. */
export type StructureToken =
  | "stream end"
  | "document start"
  | "document end"
  | "block list"
  | "block map"
  | "block end"
  | "["
  | "]"
  | "{"
  | "}"
  | ","
  | "-"
  | "?"
  | ":";
