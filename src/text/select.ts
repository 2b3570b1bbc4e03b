import { job } from "../model/compute.ts";
import { Budget, CompiledExpression, type Limits } from "./jmespath/index.ts";
import { treeBytes } from "./tree-bytes.ts";
import { parseTree } from "./tree.ts";

/** Content to be read as data, and what is picked from it. */
export interface Selecting {
  readonly content: Uint8Array;
  readonly expressions: readonly string[];
}

/** The file that an expression gives; or why it gives none. */
export type SelectedBytes =
  | { readonly kind: "found"; readonly bytes: Uint8Array }
  | { readonly kind: "nothing" }
  | { readonly kind: "failed" | "spent"; readonly problem: string };

/** Reads JSON or YAML and applies expressions, one result each; undefined where the content is neither. */
export const selectJob = job<Selecting, readonly SelectedBytes[] | undefined>(
  "select",
  "reading the object for jmesPath",
);

/** Largest content, in bytes, that is read on the thread that serves everybody: some milliseconds. */
export const maxInline = 64 << 10;

/** What an expression may take where it holds up nobody: that of a large document, several times over. */
const patient: Limits = { steps: 20_000_000, bytes: 64 << 20 };

/** Does the job. */
export function selectAll({ content, expressions }: Selecting): readonly SelectedBytes[] | undefined {
  const tree = parseTree(content);
  if (tree === undefined) return undefined;
  return expressions.map((expression): SelectedBytes => {
    const selected = new CompiledExpression(expression).select(tree, new Budget(patient));
    if (selected.kind !== "found") return selected;
    const bytes = treeBytes(selected.tree);
    return bytes === undefined ? { kind: "nothing" } : { kind: "found", bytes };
  });
}
