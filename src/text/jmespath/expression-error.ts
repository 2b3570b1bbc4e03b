/** What is wrong with an expression, or with applying it, and where. Its texts hold no literal and no value. */
export class ExpressionError extends Error {
  /** Zero-based place in the expression. */
  readonly at: number;

  constructor(problem: string, at: number) {
    super(`at character ${at + 1}: ${problem}`);
    this.name = "ExpressionError";
    this.at = at;
  }
}

/** An expression took more steps or made more bytes than it may. */
export class BudgetSpent extends Error {
  constructor(what: "steps" | "bytes") {
    super(what === "steps" ? "it takes too many steps on this object" : "it makes too much text or too long lists");
    this.name = "BudgetSpent";
  }
}
