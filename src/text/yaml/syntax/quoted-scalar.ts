import { end, isBlank, isBreak, isSpaceOrEnd, type Cursor, type Mark } from "./cursor.ts";
import { Folding } from "./folding.ts";
import type { Token } from "./token.ts";

/** What an escape of one character means in double quotes. YAML 1.1 has no `\/`. */
const plainEscapes: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\x1b",
  " ": " ",
  '"': '"',
  "'": "'",
  "\\": "\\",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
};

/** Hexadecimal digits behind an escape. */
const digits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

const badEscape = "an escape in double quotes is not valid; write \\\\ for a backslash, or use single quotes";

/** Scans a scalar in quotes, the cursor standing at the first of them. */
export function scanQuotedScalar(cursor: Cursor, escapes: "yaml" | "json"): Token {
  const start = cursor.mark;
  const quote = cursor.char;
  const style = quote === "'" ? "single" : "double";
  cursor.skip();
  const folding = new Folding();
  for (;;) {
    if (cursor.atMarker("---") || cursor.atMarker("...")) {
      cursor.refuse("a quote is not closed before the document ends", start);
    }
    if (cursor.peek() === end) cursor.refuse("a quote is not closed", start);
    const piece = scanPiece(cursor, { style, start, escapes });
    if (piece !== "") folding.add(piece);
    if (cursor.char === quote) break;
    if (cursor.char === "\\") skipEscapedBreak(cursor, folding);
    skipSpace(cursor, folding);
    folding.settle();
  }
  cursor.skip();
  return { type: "scalar", text: folding.text, style, start, end: cursor.mark };
}

interface Quoted {
  readonly style: "single" | "double";
  readonly start: Mark;
  readonly escapes: "yaml" | "json";
}

/** Up to a blank, the end of a line, the closing quote or an escaped break. */
function scanPiece(cursor: Cursor, quoted: Quoted): string {
  const { style } = quoted;
  const parts: string[] = [];
  while (!isSpaceOrEnd(cursor.peek())) {
    const { char } = cursor;
    if (style === "single" && char === "'") {
      if (cursor.text.charAt(cursor.offset + 1) !== "'") break;
      parts.push("'");
      cursor.skip(2);
    } else if (style === "double" && char === '"') break;
    else if (style === "double" && char === "\\") {
      if (isBreak(cursor.peek(1))) break;
      parts.push(scanEscape(cursor, quoted));
    } else {
      const to = endOfRun(cursor, style);
      parts.push(cursor.text.slice(cursor.offset, to));
      cursor.skipTo(to);
    }
  }
  return parts.join("");
}

function endOfRun(cursor: Cursor, style: "single" | "double"): number {
  for (let ahead = 0; ; ahead += 1) {
    const unit = cursor.peek(ahead);
    if (isSpaceOrEnd(unit)) return cursor.offset + ahead;
    const char = cursor.text.charAt(cursor.offset + ahead);
    if (style === "single" ? char === "'" : char === '"' || char === "\\") return cursor.offset + ahead;
  }
}

function scanEscape(cursor: Cursor, { start, escapes }: Quoted): string {
  const letter = cursor.text.charAt(cursor.offset + 1);
  const plain = letter === "/" && escapes === "json" ? "/" : plainEscapes[letter];
  if (plain !== undefined) {
    cursor.skip(2);
    return plain;
  }
  const count = digits[letter];
  if (count === undefined) return cursor.refuse(badEscape, start);
  cursor.skip(2);
  const value = scanHex(cursor, count, start);
  if (value < 0xd800 || value > 0xdfff) return String.fromCodePoint(value);
  const isPair = escapes === "json" && value < 0xdc00 && cursor.text.startsWith("\\u", cursor.offset);
  if (!isPair) return cursor.refuse(badEscape, start);
  cursor.skip(2);
  const low = scanHex(cursor, 4, start);
  return low >= 0xdc00 && low <= 0xdfff ? String.fromCharCode(value, low) : cursor.refuse(badEscape, start);
}

function scanHex(cursor: Cursor, count: number, start: Mark): number {
  const hex = cursor.text.slice(cursor.offset, cursor.offset + count);
  const value = hex.length === count && /^[0-9a-fA-F]+$/u.test(hex) ? Number.parseInt(hex, 16) : Number.NaN;
  if (!(value <= 0x10ffff)) cursor.refuse(badEscape, start);
  cursor.skip(count);
  return value;
}

function skipEscapedBreak(cursor: Cursor, folding: Folding): void {
  cursor.skip();
  cursor.skipBreak();
  folding.addEscapedBreak();
}

function skipSpace(cursor: Cursor, folding: Folding): void {
  for (;;) {
    const unit = cursor.peek();
    if (isBreak(unit)) folding.addBreak(cursor.skipBreak());
    else if (isBlank(unit)) {
      folding.addBlank(cursor.char);
      cursor.skip();
    } else return;
  }
}
