import { code, end, isBlank, isBreak, isBreakOrEnd, type Cursor, type Mark } from "./cursor.ts";
import type { Token } from "./token.ts";

/** What stands behind `|` or `>`. */
interface Header {
  /** Which line breaks at the end stay: none, one, all. */
  readonly chomp: "strip" | "clip" | "keep";
  /** Indentation of the content relative to its surroundings; 0 where the first line tells. */
  readonly increment: number;
}

/** Line breaks skipped, and the indentation of what comes next. */
interface Breaks {
  readonly text: string;
  readonly indent: number;
}

/** Scans a block of text, the cursor standing at its `|` or `>`, inside a collection of this indentation. */
export function scanBlockScalar(cursor: Cursor, indent: number): Token {
  const start = cursor.mark;
  const style = cursor.char === "|" ? "literal" : "folded";
  cursor.skip();
  const { chomp, increment } = scanHeader(cursor, start);
  let stop = cursor.mark;
  cursor.skipBreak();
  const told = increment === 0 ? 0 : Math.max(indent, 0) + increment;
  let { text: more, indent: wanted } = skipBreaks(cursor, told, indent, start);
  const pieces: string[] = [];
  let lineBreak = "";
  let afterBlank = false;
  while (cursor.column === wanted && cursor.peek() !== end) {
    const startsBlank = isBlank(cursor.peek());
    const folds = style === "folded" && !afterBlank && !startsBlank && lineBreak === "\n";
    pieces.push(folds ? (more === "" ? " " : "") : lineBreak, more);
    afterBlank = startsBlank;
    pieces.push(restOfLine(cursor));
    stop = cursor.mark;
    lineBreak = cursor.skipBreak();
    ({ text: more, indent: wanted } = skipBreaks(cursor, wanted, indent, start));
  }
  if (chomp !== "strip") pieces.push(lineBreak);
  if (chomp === "keep") pieces.push(more);
  return { type: "scalar", text: pieces.join(""), style, start, end: stop };
}

function scanHeader(cursor: Cursor, start: Mark): Header {
  let chomp: Header["chomp"] = "clip";
  let increment = 0;
  const first = scanIndicator(cursor, start);
  const second = first === undefined ? undefined : scanIndicator(cursor, start, first);
  for (const indicator of [first, second]) {
    if (typeof indicator === "number") increment = indicator;
    else if (indicator !== undefined) chomp = indicator;
  }
  while (isBlank(cursor.peek())) cursor.skip();
  if (cursor.char === "#") restOfLine(cursor);
  if (!isBreakOrEnd(cursor.peek())) cursor.refuse("text stands behind | or >; write it on the next line", start);
  return { chomp, increment };
}

/** `+`, `-` or a digit; after one of them only the other kind. */
function scanIndicator(
  cursor: Cursor,
  start: Mark,
  before?: "strip" | "keep" | number,
): "strip" | "keep" | number | undefined {
  const { char } = cursor;
  if ((char === "+" || char === "-") && typeof before !== "string") {
    cursor.skip();
    return char === "+" ? "keep" : "strip";
  }
  if (!/^[0-9]$/u.test(char) || typeof before === "number") return undefined;
  if (char === "0") cursor.refuse("an indentation of 0 behind | or > is not allowed", start);
  cursor.skip();
  return Number(char);
}

function restOfLine(cursor: Cursor): string {
  const from = cursor.offset;
  let ahead = 0;
  while (!isBreakOrEnd(cursor.peek(ahead))) ahead += 1;
  cursor.skipTo(from + ahead);
  return cursor.text.slice(from, from + ahead);
}

/** Skips indentation and empty lines; with `wanted` 0 the deepest indentation among them, or the next line's, is found. */
function skipBreaks(cursor: Cursor, wanted: number, around: number, start: Mark): Breaks {
  const pieces: string[] = [];
  let deepest = 0;
  for (;;) {
    const inIndent = () => wanted === 0 || cursor.column < wanted;
    while (inIndent() && cursor.peek() === code.space) cursor.skip();
    deepest = Math.max(deepest, cursor.column);
    if (inIndent() && cursor.peek() === code.tab) {
      cursor.refuse("a tab is used as indentation; use spaces", start);
    }
    if (!isBreak(cursor.peek())) break;
    pieces.push(cursor.skipBreak());
  }
  return { text: pieces.join(""), indent: wanted === 0 ? Math.max(deepest, around + 1, 1) : wanted };
}
