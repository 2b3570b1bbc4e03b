import type { Tree } from "../../model/outcome.ts";
import { Budget } from "./budget.ts";
import { compile, type Step } from "./compile.ts";
import { community, type Edition } from "./edition.ts";
import { BudgetSpent, ExpressionError } from "./expression-error.ts";
import { parse } from "./parser.ts";
import { settle } from "./settle.ts";
import { fieldOf } from "./values.ts";

/** A checked expression, or what is wrong with it. */
export type CompiledSelection =
  | { readonly kind: "compiled"; readonly selection: CompiledExpression }
  | { readonly kind: "refused"; readonly problem: string };

/**
 * What an expression made of a value. `failed`: it cannot be applied to this value, such as a function to one of another
 * type; `spent`: it took more than its budget.
 */
export type Selected =
  | { readonly kind: "found"; readonly tree: Tree }
  | { readonly kind: "nothing" }
  | { readonly kind: "failed" | "spent"; readonly problem: string };

/** Longest expression, in characters. */
const maxExpression = 2048;

/** Checks an expression. The problem says where and what, and quotes no literal. */
export function compileSelection(expression: string, edition: Edition = community): CompiledSelection {
  if (expression.length > maxExpression) {
    return { kind: "refused", problem: `it is longer than ${maxExpression} characters` };
  }
  try {
    return { kind: "compiled", selection: new CompiledExpression(expression, edition) };
  } catch (thrown) {
    if (!(thrown instanceof ExpressionError)) throw thrown;
    return { kind: "refused", problem: `it is not a JMESPath expression: ${thrown.message}` };
  }
}

/** Keys and literals in their quotes. */
const quoted = /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|`(?:[^`\\]|\\[^])*`/gu;

/** A checked expression, compiled once and applied to any number of values. */
export class CompiledExpression {
  readonly expression: string;
  /** The expression without what its literals hold, for messages. */
  readonly shown: string;
  readonly #step: Step;
  readonly #path: readonly string[] | undefined;

  /** Throws ExpressionError. */
  constructor(expression: string, edition: Edition = community) {
    const node = parse(expression, edition);
    this.expression = expression;
    this.shown = expression.replaceAll(quoted, (text) =>
      text.startsWith('"') ? text : `${text.charAt(0)}…${text.charAt(0)}`,
    );
    this.#step = compile(node, edition);
    this.#path = pathOf(node);
  }

  /** Whether it is a plain path such as `a.b.c`, which costs what its keys cost and no more. */
  get plain(): boolean {
    return this.#path !== undefined;
  }

  /** Applies it. Null is nothing. */
  select(tree: Tree, budget: Budget = new Budget()): Selected {
    if (this.#path !== undefined) return outcome(this.#path.reduce<Tree>(fieldOf, tree));
    try {
      return outcome(settle(this.#step(tree, { root: tree, budget, scope: undefined }), budget));
    } catch (thrown) {
      return refusal(thrown);
    }
  }
}

function outcome(tree: Tree): Selected {
  return tree === null ? { kind: "nothing" } : { kind: "found", tree };
}

function refusal(thrown: unknown): Selected {
  if (thrown instanceof BudgetSpent) return { kind: "spent", problem: thrown.message };
  if (thrown instanceof ExpressionError) return { kind: "failed", problem: thrown.message };
  if (thrown instanceof RangeError) return { kind: "spent", problem: "the value nests too deeply" };
  throw thrown;
}

/** The keys of a plain path. */
function pathOf(node: ReturnType<typeof parse>): readonly string[] | undefined {
  if (node.kind === "field") return [node.name];
  if (node.kind !== "then" || node.right.kind !== "field") return undefined;
  const left = pathOf(node.left);
  return left === undefined ? undefined : [...left, node.right.name];
}

export { Budget, defaultLimits, type Limits } from "./budget.ts";
export { community, original, type Edition } from "./edition.ts";
export { functionNames } from "./functions/index.ts";
