import { NumberText } from "../../model/number-text.ts";
import type { Tree } from "../../model/outcome.ts";
import type { Budget } from "./budget.ts";
import { isList, maxValueDepth } from "./values.ts";

/**
 * Counts what a result holds before anybody writes it: an expression may name one value many times over, which costs
 * nothing until it is written. Throws BudgetSpent, and RangeError for what nests too deeply.
 */
export function settle(result: Tree, budget: Budget): Tree {
  count(result, budget, 0);
  return result;
}

function count(value: Tree, budget: Budget, depth: number): void {
  if (depth > maxValueDepth) throw new RangeError("too deep");
  budget.step();
  if (typeof value === "string") budget.text(value.length);
  if (value === null || typeof value !== "object" || value instanceof NumberText) return;
  if (ArrayBuffer.isView(value)) {
    budget.text(2 * value.byteLength);
    return;
  }
  if (isList(value)) {
    for (const item of value) count(item, budget, depth + 1);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    budget.text(key.length);
    count(item, budget, depth + 1);
  }
}
