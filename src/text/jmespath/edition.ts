import type { Tree } from "../../model/outcome.ts";
import { goJson } from "../go/json.ts";
import { jsonText } from "../tree-bytes.ts";
import { ExpressionError } from "./expression-error.ts";
import { isList, isMap, numeric } from "./values.ts";

/** A version of the language. */
export interface Edition {
  /** Arithmetic, `let`, `$`, conditions, slices of text, and the functions that came after 2015. */
  readonly extended: boolean;
  /** What `to_string` makes of all but text. Charges what it makes to `charge`, in characters. */
  readonly text: (value: Tree, charge: (characters: number) => void) => string;
  /** What `to_number` makes of text; undefined for text that is no number. */
  readonly number: (text: string) => number | bigint | undefined;
}

/** The community's edition of the language: that of native manifests. */
export const community: Edition = { extended: true, text: jsonText, number: readNumber };

function readNumber(text: string): number | bigint | undefined {
  const trimmed = text.trim();
  if (!/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/u.test(trimmed)) return undefined;
  const number = Number(trimmed);
  if (!Number.isFinite(number)) return undefined;
  return /^[+-]?[0-9]+$/u.test(trimmed) && !Number.isSafeInteger(number) ? BigInt(trimmed.replace("+", "")) : number;
}

/**
 * The language of 2015 as Go's go-jmespath 0.4.0 has it, which official providers use: no extensions, `to_string` as
 * Go's `encoding/json` writes with sorted keys, `to_number` as `strconv.ParseFloat` reads.
 */
export const original: Edition = { extended: false, text: goText, number: readGoNumber };

function goText(value: Tree, charge: (characters: number) => void): string {
  const number = numeric(value);
  if (number !== undefined) {
    charge(24);
    if (typeof number === "number" && !Number.isFinite(number))
      throw new ExpressionError("a number has no form in JSON", 0);
    return Object.is(number, -0) ? "-0" : String(Number(number));
  }
  if (typeof value === "string") {
    charge(value.length);
    return goJson(value);
  }
  charge(8);
  if (isList(value)) return `[${value.map((item) => goText(item, charge)).join(",")}]`;
  if (!isMap(value)) return jsonText(value, charge);
  const members = Object.entries(value).map(([key, item]) => [key, goText(item, charge)] as const);
  members.sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  return `{${members.map(([key, text]) => `${goJson(key)}:${text}`).join(",")}}`;
}

/** Go's words for numbers that JSON has no form for are numbers all the same. */
function readGoNumber(text: string): number | undefined {
  if (/^[+-]?inf(?:inity)?$/iu.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^nan$/iu.test(text)) return Number.NaN;
  const digits = "[0-9](?:_?[0-9])*";
  if (!new RegExp(`^[+-]?(?:${digits}\\.?(?:${digits})?|\\.${digits})(?:[eE][+-]?[0-9]+)?$`, "u").test(text))
    return undefined;
  const number = Number(text.replaceAll("_", ""));
  return Number.isFinite(number) ? number : undefined;
}
