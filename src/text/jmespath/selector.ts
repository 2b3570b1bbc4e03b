import { MountError } from "../../model/error.ts";
import type { Tree } from "../../model/outcome.ts";
import { Budget, defaultLimits, type CompiledExpression } from "./index.ts";

/**
 * What an expression finds in a tree; undefined when nothing, or null. Throws MountError `select_failed` where it cannot
 * be applied, and `budget_exceeded`.
 */
export type Selector = (expression: CompiledExpression) => Tree | undefined;

/** What all expressions on one object may take together: that of so many at their most. */
const mostExpressions = 25;

/** Applies any number of expressions to one value, which share a budget. */
export function createSelector(tree: Tree): Selector {
  let left = { steps: defaultLimits.steps * mostExpressions, bytes: defaultLimits.bytes * mostExpressions };
  return (expression) => {
    const own = {
      steps: Math.min(left.steps, defaultLimits.steps),
      bytes: Math.min(left.bytes, defaultLimits.bytes),
    };
    const budget = new Budget(own);
    const selected = expression.select(tree, budget);
    const { steps, bytes } = budget.left;
    left = { steps: left.steps - own.steps + Math.max(0, steps), bytes: left.bytes - own.bytes + Math.max(0, bytes) };
    switch (selected.kind) {
      case "found":
        return selected.tree;
      case "nothing":
        return undefined;
      case "failed":
        throw new MountError("select_failed", `jmesPath cannot be applied to the object, ${selected.problem}`);
      case "spent":
        throw new MountError("budget_exceeded", `jmesPath costs too much: ${selected.problem}`);
    }
  };
}
