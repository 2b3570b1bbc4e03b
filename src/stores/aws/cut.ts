import { MountError } from "../../model/error.ts";
import type { Tree } from "../../model/outcome.ts";
import { GoNumber, parseGoJson, type GoJson } from "../../text/go/json.ts";
import { goText } from "../../text/go/text.ts";
import { createSelector, type Selector } from "../../text/jmespath/selector.ts";
import { original } from "../../text/jmespath/edition.ts";
import { compileSelection, type CompiledExpression } from "../../text/jmespath/index.ts";

/** A checked `jmesPath` entry. */
export interface Cut {
  /** Counted from 1. */
  readonly number: number;
  readonly selection: CompiledExpression;
}

/** An entry's expression, checked, or what is wrong with it. */
export type CompiledCut =
  | { readonly kind: "compiled"; readonly cut: Cut }
  | { readonly kind: "refused"; readonly problem: string; readonly fix: string };

/** Checks the expression of the entry at this zero-based position. */
export function compileCut(expression: string, at: number): CompiledCut {
  const compiled = compileSelection(expression, original);
  if (compiled.kind === "compiled") return { kind: "compiled", cut: { number: at + 1, selection: compiled.selection } };
  const key = /^[A-Za-z_][\w.-]*$/u.test(expression) && expression.includes("-");
  const fix = key
    ? `a key with a hyphen needs quotes inside the quotes: path: '"${expression}"'`
    : "write a JMESPath expression, such as username";
  return { kind: "refused", problem: compiled.problem, fix };
}

/** Cuts texts out of one value. Throws MountError `object_unusable` or `select_no_match`, which never quotes the value. */
export type Cutter = (cut: Cut) => Uint8Array;

/** Makes a value ready for any number of cuts; `path` is its own file, for messages. */
export function createCutter(value: Uint8Array, path: string): Cutter {
  const tree = parseValue(value);
  const select = tree === undefined ? undefined : createSelector(tree);
  return (cut) => {
    if (select === undefined || tree === undefined) {
      const text = `the value is not JSON, so jmesPath cannot cut anything out of it; the file ${path} alone holds the whole value`;
      throw new MountError("object_unusable", text);
    }
    const found = selected(select, cut);
    if (typeof found === "string") return Buffer.from(found.toWellFormed(), "utf8");
    throw found === undefined || found === null ? nothing(cut, tree) : notText(cut, found);
  };
}

/** An expression that cannot be applied is one more thing that the entry has to say. */
function selected(select: Selector, { number, selection }: Cut): Tree | undefined {
  try {
    return select(selection);
  } catch (thrown) {
    const { reason, message } = MountError.from(thrown);
    throw new MountError(reason, `jmesPath entry ${number} (${shown(selection)}): ${message}`);
  }
}

/** Why a value does not give all of these; undefined where it does. `name` is the object's, for messages. */
export function cutProblem(value: Uint8Array, cuts: readonly Cut[], name: string): MountError | undefined {
  if (cuts.length === 0) return undefined;
  try {
    const cutter = createCutter(value, name);
    for (const cut of cuts) cutter(cut);
    return undefined;
  } catch (thrown) {
    return MountError.from(thrown);
  }
}

/** The value as encoding/json reads it; undefined where it is not JSON, or holds a number beyond 64-bit floats. */
function parseValue(value: Uint8Array): Tree | undefined {
  try {
    return treeOf(parseGoJson(goText(value)));
  } catch (thrown) {
    if (thrown instanceof MountError)
      throw new MountError(thrown.reason, `the value cannot be read: ${thrown.message}`);
    return undefined;
  }
}

function treeOf(json: GoJson): Tree {
  if (json === null || typeof json === "boolean" || typeof json === "string") return json;
  if (json instanceof GoNumber) {
    const number = Number(json.digits);
    if (!Number.isFinite(number)) throw new RangeError("a number is out of range");
    return number;
  }
  if (isList(json)) return json.map(treeOf);
  const map = Object.create(null) as Record<string, Tree>;
  for (const [key, item] of json) map[key] = treeOf(item);
  return map;
}

function isList(json: readonly GoJson[] | ReadonlyMap<string, GoJson>): json is readonly GoJson[] {
  return Array.isArray(json);
}

function nothing({ number, selection }: Cut, tree: Tree): MountError {
  const keys = typeof tree === "object" && tree !== null && !Array.isArray(tree) ? Object.keys(tree) : [];
  const bare = /^"?([\w.-]+)"?$/u.exec(selection.expression)?.[1];
  const meant = bare === undefined ? undefined : keyMeant(bare, keys);
  const hint = meant === undefined ? "correct path, or add the key to the value" : `did you mean ${meant}?`;
  const text = `jmesPath entry ${number} (${shown(selection)}) found nothing in the value; ${hint}`;
  return new MountError("select_no_match", text);
}

/** A key that differs by case or one letter, written as an expression; one with a dot in its name also by its dots. */
function keyMeant(bare: string, keys: readonly string[]): string | undefined {
  if (keys.includes(bare)) return `'"${bare}"'`;
  const near =
    keys.find((key) => key.toLowerCase() === bare.toLowerCase()) ?? keys.find((key) => differByOne(key, bare));
  if (near === undefined || near.length > 64) return undefined;
  return /^[A-Za-z_]\w*$/u.test(near) ? near : /^[\w.-]+$/u.test(near) ? `'"${near}"'` : undefined;
}

/** Whether one letter more, less or other makes one text of the other. */
function differByOne(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let same = 0;
  while (same < short.length && short[same] === long[same]) same += 1;
  return short.slice(same + (short.length === long.length ? 1 : 0)) === long.slice(same + 1);
}

function notText({ number, selection }: Cut, found: Tree): MountError {
  const kind =
    typeof found === "number" || typeof found === "bigint"
      ? "a number"
      : typeof found === "boolean"
        ? "true or false"
        : Array.isArray(found)
          ? "a list"
          : "a map";
  const text = `the result of jmesPath entry ${number} (${shown(selection)}) is ${kind}, and only texts are written`;
  return new MountError("object_unusable", `${text}; write path: to_string(${shown(selection)})`);
}

/** Without what literals hold. */
function shown({ shown: text }: CompiledExpression): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
