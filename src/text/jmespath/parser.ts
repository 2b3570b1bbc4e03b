import type { Edition } from "./edition.ts";
import { ExpressionError } from "./expression-error.ts";
import type { Arithmetic, Comparison, Node, SliceBounds } from "./node.ts";
import { tokenize, type Sign, type Token } from "./token.ts";

/** Deepest nesting of an expression in itself. */
const maxDepth = 100;

/** How strongly a sign binds what stands before it; signs that continue nothing are absent. */
const bindings: ReadonlyMap<Token["kind"], number> = new Map<Sign, number>([
  ...(["|"] as const).map((sign) => [sign, 1] as const),
  ["?", 2],
  ["||", 3],
  ["&&", 4],
  ...(["==", "!=", "<", "<=", ">", ">="] as const).map((sign) => [sign, 5] as const),
  ...(["+", "-", "\u2212"] as const).map((sign) => [sign, 6] as const),
  ...(["*", "/", "//", "%", "\u00d7", "\u00f7"] as const).map((sign) => [sign, 7] as const),
  ["[]", 9],
  ["[?", 21],
  [".", 40],
  ["[", 55],
]);

/** Bindings of what has no place in the table: what a projection goes on with, `!`, and the operand of a sign. */
const power = { pipe: 1, sign: 6, flatten: 9, project: 20, filter: 21, dot: 40, not: 45 } as const;

/** Parses an expression. Throws ExpressionError. */
export function parse(expression: string, edition: Edition): Node {
  return new Parser(tokenize(expression, edition), edition).whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #edition: Edition;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], edition: Edition) {
    this.#tokens = tokens;
    this.#edition = edition;
  }

  whole(): Node {
    const node = this.#expression(0);
    const rest = this.#peek();
    if (rest.kind !== "end") throw unexpected(rest, this.#edition);
    return node;
  }

  #peek(ahead = 0): Token {
    const token = this.#tokens[this.#next + ahead] ?? this.#tokens.at(-1);
    return token ?? { kind: "end", at: 0 };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #takeIf(kind: Token["kind"]): boolean {
    if (this.#peek().kind !== kind) return false;
    this.#next += 1;
    return true;
  }

  #expect(kind: Sign): void {
    const token = this.#take();
    if (token.kind !== kind) throw new ExpressionError(`expected ${kind}, found ${nameOf(token)}`, token.at);
  }

  #expression(above: number): Node {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw new ExpressionError("it nests too deeply", this.#peek().at);
    let left = this.#start(this.#take());
    for (;;) {
      const binding = bindings.get(this.#peek().kind) ?? 0;
      if (binding <= above) break;
      left = this.#continue(left, this.#take(), binding);
    }
    this.#depth -= 1;
    return left;
  }

  /** What an expression begins with. */
  #start(token: Token): Node {
    const { kind, at } = token;
    switch (kind) {
      case "literal":
        return { kind, at, value: token.value };
      case "variable":
        return { kind, at, name: token.text };
      case "quoted":
        if (this.#peek().kind === "(") throw new ExpressionError("a function's name stands without quotes", at);
        return { kind: "field", at, name: token.text };
      case "name":
        return this.#name(token.text, at);
      case "@":
        return { kind: "current", at };
      case "$":
        return { kind: "root", at };
      case "!":
        return { kind: "not", at, of: this.#expression(power.not) };
      case "+":
        return { kind: "sign", at, by: "+", of: this.#expression(power.sign) };
      case "-":
      case "\u2212":
        return { kind: "sign", at, by: "-", of: this.#expression(power.sign) };
      case "&":
        return { kind: "reference", at, of: this.#expression(0) };
      case "(": {
        const inner = this.#expression(0);
        this.#expect(")");
        return inner;
      }
      case "{":
        return this.#map(at);
      case "*":
        return { kind: "values", at, map: { kind: "current", at }, each: this.#projected(power.project) };
      case "[":
        return this.#bracket(at);
      case "[?":
      case "[]":
        return this.#continue({ kind: "current", at }, token, 0);
      default:
        throw unexpected(token, this.#edition);
    }
  }

  #name(name: string, at: number): Node {
    if (name === "let" && this.#peek().kind === "variable") return this.#let(at);
    if (!this.#takeIf("(")) return { kind: "field", at, name };
    return { kind: "call", at, name, args: this.#takeIf(")") ? [] : this.#separated(")") };
  }

  /** `[…]` without anything before it. */
  #bracket(at: number): Node {
    const here: Node = { kind: "current", at };
    const { kind } = this.#peek();
    if (kind === "number" || kind === ":") return this.#position(here, at);
    if (kind === "*" && this.#peek(1).kind === "]") {
      this.#next += 2;
      return { kind: "project", at, list: here, each: this.#projected(power.project) };
    }
    return { kind: "list", at, items: this.#separated("]") };
  }

  /** What stands after a value and takes it in. */
  #continue(left: Node, token: Token, binding: number): Node {
    const { kind, at } = token;
    switch (kind) {
      case ".":
        if (!this.#takeIf("*")) return { kind: "then", at, left, right: this.#member(power.dot) };
        return { kind: "values", at, map: left, each: this.#projected(power.project) };
      case "|":
        return { kind: "pipe", at, left, right: this.#expression(power.pipe) };
      case "||":
        return { kind: "or", at, left, right: this.#expression(binding) };
      case "&&":
        return { kind: "and", at, left, right: this.#expression(binding) };
      case "?": {
        const yes = this.#expression(0);
        this.#expect(":");
        return { kind: "choose", at, condition: left, yes, no: this.#expression(0) };
      }
      case "[?": {
        const condition = this.#expression(0);
        this.#expect("]");
        return { kind: "filter", at, list: left, condition, each: this.#projected(power.filter) };
      }
      case "[]":
        return { kind: "flatten", at, list: left, each: this.#projected(power.flatten) };
      case "[": {
        const next = this.#peek().kind;
        if (next === "number" || next === ":") return this.#position(left, at);
        this.#expect("*");
        this.#expect("]");
        return { kind: "project", at, list: left, each: this.#projected(power.project) };
      }
      default:
        return this.#operator(left, token, binding);
    }
  }

  #operator(left: Node, token: Token, binding: number): Node {
    const compare = comparisons.get(token.kind);
    const right = this.#expression(binding);
    if (compare !== undefined) return { kind: "compare", at: token.at, by: compare, left, right };
    const calculate = calculations.get(token.kind);
    if (calculate === undefined) throw unexpected(token, this.#edition);
    return { kind: "calculate", at: token.at, by: calculate, left, right };
  }

  /** What a projection does with each of its elements. */
  #projected(binding: number): Node {
    const next = this.#peek();
    if ((bindings.get(next.kind) ?? 0) < 10) return { kind: "current", at: next.at };
    if (this.#takeIf(".")) return this.#member(binding);
    return this.#expression(binding);
  }

  /** What may stand behind a dot. */
  #member(binding: number): Node {
    const next = this.#peek();
    switch (next.kind) {
      case "name":
      case "quoted":
      case "*":
        return this.#expression(binding);
      case "[":
        this.#next += 1;
        return { kind: "list", at: next.at, items: this.#separated("]") };
      case "{":
        this.#next += 1;
        return this.#map(next.at);
      default:
        throw new ExpressionError(`a key must follow the dot, found ${nameOf(next)}`, next.at);
    }
  }

  /** `0]` or `start:stop:step]`. */
  #position(list: Node, at: number): Node {
    if (this.#peek().kind === "number" && this.#peek(1).kind === "]") {
      const token = this.#take();
      this.#next += 1;
      return { kind: "index", at, list, index: token.kind === "number" ? token.value : 0 };
    }
    const bounds = this.#bounds();
    this.#expect("]");
    return { kind: "slice", at, list, ...bounds, each: this.#projected(power.project) };
  }

  #bounds(): SliceBounds {
    const start = this.#number();
    this.#expect(":");
    const stop = this.#number();
    const at = this.#peek(1).at;
    const step = this.#takeIf(":") ? (this.#number() ?? 1) : 1;
    if (step === 0) throw new ExpressionError("the step of a slice cannot be 0", at);
    return { start, stop, step };
  }

  #number(): number | undefined {
    const token = this.#peek();
    if (token.kind !== "number") return undefined;
    this.#next += 1;
    return token.value;
  }

  /** One or more expressions with commas between them, and the closing sign. */
  #separated(close: Sign): readonly Node[] {
    const nodes = [this.#expression(0)];
    while (this.#takeIf(",")) nodes.push(this.#expression(0));
    this.#expect(close);
    return nodes;
  }

  #map(at: number): Node {
    const entries: (readonly [string, Node])[] = [];
    do {
      const key = this.#take();
      if (key.kind !== "name" && key.kind !== "quoted") {
        throw new ExpressionError(`expected a key, found ${nameOf(key)}`, key.at);
      }
      this.#expect(":");
      entries.push([key.text, this.#expression(0)]);
    } while (this.#takeIf(","));
    this.#expect("}");
    return { kind: "map", at, entries };
  }

  /** `let $a = …, $b = … in …`. */
  #let(at: number): Node {
    const bound: (readonly [string, Node])[] = [];
    do {
      const variable = this.#take();
      if (variable.kind !== "variable") {
        throw new ExpressionError(`expected a variable such as $a, found ${nameOf(variable)}`, variable.at);
      }
      this.#expect("=");
      bound.push([variable.text, this.#expression(0)]);
    } while (this.#takeIf(","));
    const word = this.#take();
    if (word.kind !== "name" || word.text !== "in") {
      throw new ExpressionError(`expected in, found ${nameOf(word)}`, word.at);
    }
    return { kind: "let", at, bindings: bound, body: this.#expression(0) };
  }
}

const comparisons: ReadonlyMap<Token["kind"], Comparison> = new Map(
  (["==", "!=", "<", "<=", ">", ">="] as const).map((sign) => [sign, sign]),
);

const calculations: ReadonlyMap<Token["kind"], Arithmetic> = new Map<Token["kind"], Arithmetic>([
  ...(["+", "-", "*", "/", "//", "%"] as const).map((sign) => [sign, sign] as const),
  ["\u2212", "-"],
  ["\u00d7", "*"],
  ["\u00f7", "/"],
]);

function nameOf({ kind }: Token): string {
  switch (kind) {
    case "end":
      return "the end";
    case "name":
    case "quoted":
      return "a key";
    case "variable":
      return "a variable";
    case "number":
      return "a number";
    case "literal":
      return "a literal";
    default:
      return kind;
  }
}

function unexpected(token: Token, { extended }: Edition): ExpressionError {
  const hint =
    token.kind === "number"
      ? extended
        ? "; a number to calculate with stands in backquotes, such as `1`"
        : '; a key with a digit first or "-" in it stands in double quotes, such as "api-1"'
      : token.kind === "="
        ? "; equality is =="
        : "";
  return new ExpressionError(`unexpected ${nameOf(token)}${hint}`, token.at);
}
