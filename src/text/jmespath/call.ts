import type { Tree } from "../../model/outcome.ts";
import type { Budget } from "./budget.ts";
import type { Edition } from "./edition.ts";
import { ExpressionError } from "./expression-error.ts";
import { isList, isMap, numeric, typeOf, type TreeMap } from "./values.ts";

/** An expression that is handed to a function, such as `&name`: applied to one value after the other. */
export type Applied = (current: Tree) => Tree;

/** What a function is called with: its arguments, read by their types, and where it stands. */
export class Call {
  readonly at: number;
  readonly name: string;
  readonly budget: Budget;
  readonly edition: Edition;
  readonly #args: readonly (Tree | Applied)[];

  constructor(name: string, at: number, args: readonly (Tree | Applied)[], budget: Budget, edition: Edition) {
    this.name = name;
    this.at = at;
    this.budget = budget;
    this.edition = edition;
    this.#args = args;
  }

  get count(): number {
    return this.#args.length;
  }

  has(position: number): boolean {
    return position < this.#args.length;
  }

  value(position: number): Tree {
    const argument = this.#args[position];
    return argument === undefined || typeof argument === "function" ? null : argument;
  }

  values(): readonly Tree[] {
    return this.#args.map((_, position) => this.value(position));
  }

  expression(position: number): Applied {
    const argument = this.#args[position];
    return typeof argument === "function" ? argument : this.#wrong(position, "an expression such as &name");
  }

  text(position: number): string {
    const value = this.value(position);
    return typeof value === "string" ? value : this.#wrong(position, "a string");
  }

  list(position: number): readonly Tree[] {
    const value = this.value(position);
    return isList(value) ? value : this.#wrong(position, "an array");
  }

  map(position: number): TreeMap {
    const value = this.value(position);
    return isMap(value) ? value : this.#wrong(position, "an object");
  }

  number(position: number): number | bigint {
    return numeric(this.value(position)) ?? this.#wrong(position, "a number");
  }

  /** A whole number that is not below 0, or the given one where the argument is left out. */
  whole(position: number, otherwise: number): number {
    if (!this.has(position)) return otherwise;
    const number = Number(this.number(position));
    if (!Number.isSafeInteger(number) || number < 0)
      this.fail(`argument ${position + 1} must be a whole number from 0`);
    return number;
  }

  /** A whole number of any sign, or the given one where the argument is left out. */
  integer(position: number, otherwise: number): number {
    if (!this.has(position)) return otherwise;
    const number = Number(this.number(position));
    return Number.isSafeInteger(number) ? number : this.fail(`argument ${position + 1} must be a whole number`);
  }

  /** Every element of a list, each of which must be of the type. */
  each<T>(position: number, type: string, read: (item: Tree) => T | undefined): readonly T[] {
    const list = this.list(position);
    this.budget.items(list.length);
    return list.map((item) => {
      const value = read(item);
      if (value === undefined) this.fail(`argument ${position + 1} must hold ${type} only, and holds ${typeOf(item)}`);
      return value;
    });
  }

  /** Throws ExpressionError. */
  fail(problem: string): never {
    throw new ExpressionError(`${this.name}: ${problem}`, this.at);
  }

  #wrong(position: number, expected: string): never {
    return this.fail(`argument ${position + 1} must be ${expected}, and is ${typeOf(this.value(position))}`);
  }
}

/** A function of the language. */
export interface LanguageFunction {
  /** How many arguments it takes. */
  readonly arity: readonly [least: number, most: number];
  /** Positions of arguments that are expressions. */
  readonly expressions: readonly number[];
  /** Whether the language had it in 2015. */
  readonly original: boolean;
  readonly call: (call: Call) => Tree;
}

/** One of the functions of 2015. */
export function original(
  arity: LanguageFunction["arity"],
  call: LanguageFunction["call"],
  expressions: readonly number[] = [],
): LanguageFunction {
  return { arity, expressions, original: true, call };
}

/** A function of the community's edition. */
export function added(
  arity: LanguageFunction["arity"],
  call: LanguageFunction["call"],
  expressions: readonly number[] = [],
): LanguageFunction {
  return { arity, expressions, original: false, call };
}
