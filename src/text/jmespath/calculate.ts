import type { Tree } from "../../model/outcome.ts";
import { ExpressionError } from "./expression-error.ts";
import type { Arithmetic } from "./node.ts";
import { numeric, typeOf } from "./values.ts";

/** A number to calculate with in doubles. Throws ExpressionError for a whole number that no double holds. */
export function exact(number: number | bigint, at: number): number {
  if (typeof number === "number") return number;
  throw new ExpressionError("a whole number beyond 9007199254740991 cannot be calculated with", at);
}

/** Throws ExpressionError for what is no number any more. */
export function finite(number: number, at: number): number {
  if (Number.isFinite(number)) return number;
  throw new ExpressionError("the result is too large for a number", at);
}

/** The number that an operand is. Throws ExpressionError. */
export function operand(value: Tree, by: Arithmetic, at: number): number {
  const number = numeric(value);
  if (number !== undefined) return exact(number, at);
  const hint = by === "-" ? '; a key with "-" in it stands in double quotes, such as "api-key"' : "";
  throw new ExpressionError(`${by} calculates with numbers, and finds ${typeOf(value)}${hint}`, at);
}

/** Throws ExpressionError for a division by zero and for what is too large. */
export function calculate(left: number, by: Arithmetic, right: number, at: number): number {
  if (right === 0 && (by === "/" || by === "//" || by === "%")) throw new ExpressionError("a division by zero", at);
  return finite(apply(left, by, right), at);
}

function apply(left: number, by: Arithmetic, right: number): number {
  switch (by) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "//":
      return Math.floor(left / right);
    case "%":
      return left % right;
  }
}
