import type { Tree } from "../../../model/outcome.ts";
import { added, original, type Call, type LanguageFunction } from "../call.ts";
import { codePoints, isEqual, isList, typeOf } from "../values.ts";

/** Functions of text. */
export const textFunctions: Readonly<Record<string, LanguageFunction>> = {
  contains: original([2, 2], contains),
  starts_with: original([2, 2], (call) => scanned(call, call.text(0)).startsWith(call.text(1))),
  ends_with: original([2, 2], (call) => scanned(call, call.text(0)).endsWith(call.text(1))),
  join: original([2, 2], join),
  to_string: original([1, 1], (call) => {
    const value = call.value(0);
    return typeof value === "string"
      ? value
      : call.edition.text(value, (characters) => {
          call.budget.step(6);
          call.budget.text(characters);
        });
  }),
  lower: added([1, 1], (call) => made(call, call.text(0)).toLowerCase()),
  upper: added([1, 1], (call) => made(call, call.text(0)).toUpperCase()),
  find_first: added([2, 4], (call) => find(call, (text, sought) => text.indexOf(sought))),
  find_last: added([2, 4], (call) => find(call, (text, sought) => text.lastIndexOf(sought))),
  pad_left: added([2, 3], (call) => {
    const [text, padding] = padded(call);
    return padding + text;
  }),
  pad_right: added([2, 3], (call) => {
    const [text, padding] = padded(call);
    return text + padding;
  }),
  replace: added([3, 4], replace),
  split: added([2, 3], split),
  trim: added([1, 2], (call) => trimmed(call, true, true)),
  trim_left: added([1, 2], (call) => trimmed(call, true, false)),
  trim_right: added([1, 2], (call) => trimmed(call, false, true)),
};

function scanned({ budget }: Call, text: string): string {
  budget.scan(text.length);
  return text;
}

/** Before a text of up to three times the length is made of it. */
function made({ budget }: Call, text: string): string {
  budget.text(3 * text.length);
  return text;
}

function contains(call: Call): Tree {
  const [subject, sought] = [call.value(0), call.value(1)];
  if (isList(subject)) return subject.some((item) => isEqual(item, sought, call.budget));
  if (typeof subject !== "string") call.fail(`argument 1 must be a string or an array, and is ${typeOf(subject)}`);
  if (typeof sought !== "string") return null;
  call.budget.search(subject.length, sought.length);
  return subject.includes(sought);
}

function join(call: Call): Tree {
  const glue = call.text(0);
  const texts = call.each(1, "strings", (item) => (typeof item === "string" ? item : undefined));
  call.budget.text(texts.reduce((sum, text) => sum + text.length + glue.length, 0));
  return texts.join(glue);
}

/** Within the part from `start` to `end`; an end of 0 is the text's own, as in the language's first implementation. */
function find(call: Call, locate: (text: string, sought: string) => number): Tree {
  const [text, sought] = [call.text(0), call.text(1)];
  const start = Math.max(call.integer(2, 0), 0);
  const end = Math.min(call.integer(3, text.length) || text.length, text.length);
  if (text === "" || sought === "") return null;
  call.budget.search(text.length, sought.length);
  const offset = locate(text.slice(start, end), sought);
  return offset === -1 ? null : offset + start;
}

function padded(call: Call): readonly [text: string, padding: string] {
  const text = call.text(0);
  const width = call.whole(1, 0);
  const sign = call.has(2) ? call.text(2) : " ";
  if (Array.from(sign.slice(0, 3)).length !== 1) call.fail("argument 3 must be one character");
  const missing = Math.max(0, width - text.length);
  call.budget.text(width + missing * sign.length);
  return [text, sign.repeat(missing)];
}

function replace(call: Call): Tree {
  const [text, sought, by] = [call.text(0), call.text(1), call.text(2)];
  const parts = cut(call, text, sought, call.whole(3, Infinity));
  call.budget.text(text.length + parts.length * by.length);
  return parts.join(by);
}

function split(call: Call): Tree {
  const [text, sought] = [call.text(0), call.text(1)];
  return text === "" && sought === "" ? [] : cut(call, text, sought, call.whole(2, Infinity));
}

/** The text at every place of another, at most so many times; without a text to look for, between all characters. */
function cut(call: Call, text: string, sought: string, times: number): readonly string[] {
  call.budget.search(text.length, sought.length);
  const parts: string[] = [];
  const characters = sought === "" ? codePoints(text, call.budget) : undefined;
  let from = 0;
  while (parts.length < times) {
    const found =
      characters === undefined ? text.indexOf(sought, from) : from + (characters[parts.length]?.length ?? 0);
    if (found === -1 || (characters !== undefined && found >= text.length)) break;
    call.budget.items(1);
    parts.push(text.slice(from, found));
    from = found + sought.length;
  }
  return [...parts, text.slice(from)];
}

const blank = /[\s\u0085]/u;

function trimmed(call: Call, left: boolean, right: boolean): string {
  const text = call.text(0);
  const given = call.has(1) ? call.text(1) : "";
  const characters = new Set(codePoints(given, call.budget));
  const goes = (character: string) => (given === "" ? blank.test(character) : characters.has(character));
  const points = codePoints(text, call.budget);
  let [start, end] = [0, points.length];
  while (left && start < end && goes(points[start] ?? "")) start += 1;
  while (right && end > start && goes(points[end - 1] ?? "")) end -= 1;
  return points.slice(start, end).join("");
}
