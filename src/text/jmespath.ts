import { compile, TreeInterpreter } from "@jmespath-community/jmespath";
import type { Tree } from "../model/outcome.ts";
import type { Selection } from "../model/plan.ts";

/** A checked expression, or what is wrong with it. */
export type CompiledSelection =
  { readonly kind: "compiled"; readonly selection: Selection } | { readonly kind: "refused"; readonly problem: string };

type Expression = ReturnType<typeof compile>;

/** Longest expression; evaluation time grows with it. */
const longestExpression = 2048;

/** Functions that make long texts out of short ones: an expression could fill the daemon's memory. */
const refusedFunctions = new Set(["pad_left", "pad_right", "replace"]);

/** What a copy deeper than this is refused with, before the interpreter's recursion can overflow. */
const deepest = 200;

/**
 * Checks a JMESPath expression (community edition of the language). The problem names the kind of mistake and never
 * quotes the expression, which may hold literals.
 */
export function compileSelection(expression: string): CompiledSelection {
  if (expression.length > longestExpression) {
    return { kind: "refused", problem: `it is longer than ${longestExpression} characters` };
  }
  try {
    const problem = expressionProblem(compile(expression));
    return problem === undefined ? { kind: "compiled", selection: { expression } } : { kind: "refused", problem };
  } catch {
    return { kind: "refused", problem: "it is not a JMESPath expression" };
  }
}

/** What an expression finds in a tree; undefined when nothing, or when it cannot be applied to this tree. */
export type Selector = (selection: Selection) => Tree | undefined;

/**
 * Makes the tree ready once for any number of expressions. An expression that fails on it (such as a function on a value
 * of another type) finds nothing. Big numbers and bytes come out as they went in; keys such as `__proto__` and
 * `constructor` are data like any other.
 */
export function createSelector(tree: Tree): Selector {
  const opaque = new Map<object, Tree>();
  const plain = depthOf(tree, 0) > deepest ? undefined : toPlain(tree, opaque);
  return (selection) => {
    if (plain === undefined) return undefined;
    try {
      const found = TreeInterpreter.search(compile(selection.expression), plain as never);
      return fromPlain(found, opaque, 0) ?? undefined;
    } catch {
      return undefined;
    } finally {
      // The interpreter keeps its last input: a secret must not stay behind.
      TreeInterpreter.search({ type: "Current" }, null);
    }
  };
}

/** Levels of nesting, as far as they matter. */
function depthOf(tree: Tree, above: number): number {
  if (tree === null || typeof tree !== "object" || ArrayBuffer.isView(tree) || above > deepest) return above;
  const inner: readonly Tree[] = isList(tree) ? tree : Object.values(tree);
  return inner.reduce<number>((most, item) => Math.max(most, depthOf(item, above + 1)), above);
}

/** Walks the parsed expression for what is not allowed; its nodes are plain objects. */
function expressionProblem(root: Expression): string | undefined {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const node = open.pop();
    if (node === null || typeof node !== "object") continue;
    const { type, name, variable } = node as { type?: unknown; name?: unknown; variable?: unknown };
    if (type === "Function" && typeof name === "string" && refusedFunctions.has(name)) {
      return `the function ${name} is not available`;
    }
    if ((type === "KeyValuePair" && name === "__proto__") || variable === "__proto__") {
      return "it makes a key named __proto__";
    }
    const children: readonly unknown[] = Object.values(node);
    open.push(...children);
  }
  return undefined;
}

/** What the interpreter gets: maps without prototype, big numbers as they are, an opaque object for bytes. */
function toPlain(tree: Tree, opaque: Map<object, Tree>): unknown {
  if (ArrayBuffer.isView(tree)) {
    // The key keeps the interpreter from taking it for an empty map, which would count as false.
    const stand = Object.freeze({ __proto__: null, "(bytes)": null });
    opaque.set(stand, tree);
    return stand;
  }
  if (tree === null || typeof tree !== "object") return tree;
  if (isList(tree)) return tree.map((item) => toPlain(item, opaque));
  const map = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(tree)) map[key] = toPlain(value, opaque);
  return map;
}

function fromPlain(value: unknown, opaque: ReadonlyMap<object, Tree>, depth: number): Tree {
  if (depth > deepest) throw new RangeError("too deep");
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "object") throw new TypeError("not data");
  const original = opaque.get(value);
  if (original !== undefined) return original;
  if (Array.isArray(value)) return value.map((item) => fromPlain(item, opaque, depth + 1));
  const map = Object.create(null) as Record<string, Tree>;
  for (const [key, item] of Object.entries(value)) map[key] = fromPlain(item, opaque, depth + 1);
  return map;
}

function isList(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}
