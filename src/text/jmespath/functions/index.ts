import { nearest } from "../../nearest.ts";
import type { LanguageFunction } from "../call.ts";
import type { Edition } from "../edition.ts";
import { ExpressionError } from "../expression-error.ts";
import { listFunctions } from "./lists.ts";
import { numberFunctions } from "./numbers.ts";
import { textFunctions } from "./texts.ts";

const functions: ReadonlyMap<string, LanguageFunction> = new Map(
  Object.entries({ ...listFunctions, ...numberFunctions, ...textFunctions }),
);

/** Longest name of a function that a message repeats. */
const maxShown = 30;

/** Names of the functions that an edition of the language has, in alphabetical order. */
export function functionNames({ extended }: Edition): readonly string[] {
  return [...functions]
    .filter(([, { original }]) => extended || original)
    .map(([name]) => name)
    .sort();
}

/** The function of a name, which takes so many arguments. Throws ExpressionError. */
export function findFunction(name: string, count: number, at: number, edition: Edition): LanguageFunction {
  const found = functions.get(name);
  if (found === undefined || !(edition.extended || found.original)) {
    const meant = nearest(name, functionNames(edition));
    const shown = name.length > maxShown ? "of this name" : name;
    throw new ExpressionError(
      `there is no function ${shown}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
      at,
    );
  }
  const [least, most] = found.arity;
  if (count < least || count > most) {
    const range = least === most ? String(least) : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
    const noun = range === "1" || range === "at least 1" ? "argument" : "arguments";
    throw new ExpressionError(`${name} takes ${range} ${noun}, and has ${count}`, at);
  }
  return found;
}
