import type { Tree } from "../../model/outcome.ts";
import type { Budget } from "./budget.ts";
import { calculate, finite, operand } from "./calculate.ts";
import { Call, type Applied } from "./call.ts";
import type { Edition } from "./edition.ts";
import { ExpressionError } from "./expression-error.ts";
import { findFunction } from "./functions/index.ts";
import type { Comparison, Node } from "./node.ts";
import { sliceOf } from "./slice.ts";
import { fieldOf, isEqual, isFalse, isList, isMap, mapOf, numeric } from "./values.ts";

/** What one evaluation goes along with. */
export interface Run {
  readonly root: Tree;
  readonly budget: Budget;
  readonly scope: Scope | undefined;
}

/** Variables, the innermost first. */
interface Scope {
  readonly values: ReadonlyMap<string, Tree>;
  readonly outer: Scope | undefined;
}

/** A part of an expression, ready to be applied to a value. Throws ExpressionError and BudgetSpent. */
export type Step = (current: Tree, run: Run) => Tree;

/** Makes an expression ready; everything that can be wrong without a value is found here. Throws ExpressionError. */
export function compile(node: Node, edition: Edition): Step {
  return new Compiler(edition).step(node, new Set());
}

type Names = ReadonlySet<string>;

class Compiler {
  readonly #edition: Edition;

  constructor(edition: Edition) {
    this.#edition = edition;
  }

  step(node: Node, names: Names): Step {
    const apply = this.#step(node, names);
    return (current, run) => {
      run.budget.step();
      return apply(current, run);
    };
  }

  #step(node: Node, names: Names): Step {
    switch (node.kind) {
      case "current":
        return (current) => current;
      case "root":
        return (_, run) => run.root;
      case "literal":
        return () => node.value;
      case "field":
        return (current) => fieldOf(current, node.name);
      case "variable":
        return variable(node.name, node.at, names);
      case "let":
        return this.#let(node, names);
      case "list":
      case "map":
        return this.#made(node, names);
      case "call":
        return this.#call(node, names);
      case "reference":
        throw new ExpressionError("& stands before an argument of a function such as sort_by only", node.at);
      case "index":
      case "slice":
      case "project":
      case "values":
      case "filter":
      case "flatten":
        return this.#ofList(node, names);
      default:
        return this.#operator(node, names);
    }
  }

  #operator(node: OperatorNode, names: Names): Step {
    switch (node.kind) {
      case "not": {
        const of = this.step(node.of, names);
        return (current, run) => isFalse(of(current, run));
      }
      case "sign":
        return this.#sign(node, names);
      case "choose": {
        const [condition, yes, no] = [node.condition, node.yes, node.no].map((part) => this.step(part, names));
        if (condition === undefined || yes === undefined || no === undefined) throw new TypeError("three parts");
        return (current, run) => (isFalse(condition(current, run)) ? no : yes)(current, run);
      }
      default:
        return this.#binary(node, this.step(node.left, names), this.step(node.right, names));
    }
  }

  #binary(node: BinaryNode, left: Step, right: Step): Step {
    const { at } = node;
    switch (node.kind) {
      case "then":
        return (current, run) => {
          const value = left(current, run);
          return value === null ? null : right(value, run);
        };
      case "pipe":
        return (current, run) => right(left(current, run), run);
      case "or":
        return (current, run) => {
          const value = left(current, run);
          return isFalse(value) ? right(current, run) : value;
        };
      case "and":
        return (current, run) => {
          const value = left(current, run);
          return isFalse(value) ? value : right(current, run);
        };
      case "compare":
        return (current, run) => compare(left(current, run), node.by, right(current, run), run.budget);
      case "calculate":
        return (current, run) => {
          const [first, second] = [left(current, run), right(current, run)];
          return calculate(operand(first, node.by, at), node.by, operand(second, node.by, at), at);
        };
    }
  }

  #sign({ by, of: inner, at }: Extract<Node, { kind: "sign" }>, names: Names): Step {
    const of = this.step(inner, names);
    return (current, run) => {
      const value = of(current, run);
      if (by === "+" && numeric(value) !== undefined) return value;
      const number = numeric(value);
      return typeof number === "bigint" ? -number : finite(-operand(value, by, at), at);
    };
  }

  #ofList(node: ListNode, names: Names): Step {
    const of = this.step(node.kind === "values" ? node.map : node.list, names);
    if (node.kind === "index") {
      return (current, run) => {
        const list = of(current, run);
        return isList(list) ? (list.at(node.index) ?? null) : null;
      };
    }
    const each = this.step(node.each, names);
    switch (node.kind) {
      case "slice":
        return (current, run) => {
          const part = sliceOf(of(current, run), node, run.budget, this.#edition.extended);
          return isList(part) ? project(part, each, run) : part === null ? null : each(part, run);
        };
      case "project":
        return (current, run) => {
          const list = of(current, run);
          return isList(list) ? project(list, each, run) : null;
        };
      case "values":
        return (current, run) => {
          const map = of(current, run);
          return isMap(map) ? project(Object.values(map), each, run) : null;
        };
      case "flatten":
        return (current, run) => {
          const list = of(current, run);
          return isList(list) ? project(flat(list, run.budget), each, run) : null;
        };
      case "filter":
        return this.#filter(of, this.step(node.condition, names), each);
    }
  }

  #filter(of: Step, condition: Step, each: Step): Step {
    return (current, run) => {
      const list = of(current, run);
      if (!isList(list)) return null;
      run.budget.step(list.length);
      return project(
        list.filter((item) => !isFalse(condition(item, run))),
        each,
        run,
      );
    };
  }

  #made(node: Extract<Node, { kind: "list" | "map" }>, names: Names): Step {
    if (node.kind === "list") {
      const items = node.items.map((item) => this.step(item, names));
      return (current, run) => {
        run.budget.items(items.length);
        return items.map((item) => item(current, run));
      };
    }
    const entries = node.entries.map(([name, value]) => [name, this.step(value, names)] as const);
    return (current, run) => {
      run.budget.items(2 * entries.length);
      return mapOf(entries.map(([name, value]) => [name, value(current, run)] as const));
    };
  }

  #let({ bindings, body: inner }: Extract<Node, { kind: "let" }>, names: Names): Step {
    const bound = bindings.map(([name, value]) => [name, this.step(value, names)] as const);
    const body = this.step(inner, new Set([...names, ...bound.map(([name]) => name)]));
    return (current, run) => {
      const values = new Map(bound.map(([name, value]) => [name, value(current, run)]));
      return body(current, { ...run, scope: { values, outer: run.scope } });
    };
  }

  #call({ name, args, at }: Extract<Node, { kind: "call" }>, names: Names): Step {
    const found = findFunction(name, args.length, at, this.#edition);
    const steps = args.map((node, position) => {
      const expected = found.expressions.includes(position);
      if (expected && node.kind !== "reference") {
        throw new ExpressionError(`argument ${position + 1} of ${name} is an expression: put & before it`, node.at);
      }
      return { expected, step: this.step(expected && node.kind === "reference" ? node.of : node, names) };
    });
    const edition = this.#edition;
    return (current, run) => {
      const values = steps.map(({ expected, step }): Tree | Applied =>
        expected ? (value) => step(value, run) : step(current, run),
      );
      return found.call(new Call(name, at, values, run.budget, edition));
    };
  }
}

type ListNode = Extract<Node, { kind: "index" | "slice" | "project" | "values" | "filter" | "flatten" }>;
type BinaryNode = Extract<Node, { kind: "then" | "pipe" | "or" | "and" | "compare" | "calculate" }>;
type OperatorNode = BinaryNode | Extract<Node, { kind: "not" | "sign" | "choose" }>;

function variable(name: string, at: number, names: Names): Step {
  if (!names.has(name)) throw new ExpressionError(`there is no variable $${name.slice(0, 30)} here`, at);
  return (_, run) => {
    for (let scope = run.scope; scope !== undefined; scope = scope.outer) {
      if (scope.values.has(name)) return scope.values.get(name) ?? null;
    }
    return null;
  };
}

/** Applies a step to every element, and drops what is null then. */
function project(list: readonly Tree[], each: Step, run: Run): Tree {
  run.budget.items(list.length);
  const made: Tree[] = [];
  for (const item of list) {
    const value = each(item, run);
    if (value !== null) made.push(value);
  }
  return made;
}

/** A list without its first level of lists inside. */
function flat(list: readonly Tree[], budget: Budget): readonly Tree[] {
  budget.items(list.reduce<number>((sum, item) => sum + (isList(item) ? item.length : 1), list.length));
  return list.flatMap((item) => (isList(item) ? item : [item]));
}

/** Only numbers have an order; null for anything else. */
function compare(left: Tree, by: Comparison, right: Tree, budget: Budget): Tree {
  if (by === "==") return isEqual(left, right, budget);
  if (by === "!=") return !isEqual(left, right, budget);
  const [one, other] = [numeric(left), numeric(right)];
  if (one === undefined || other === undefined) return null;
  switch (by) {
    case "<":
      return one < other;
    case "<=":
      return one <= other;
    case ">":
      return one > other;
    case ">=":
      return one >= other;
  }
}
