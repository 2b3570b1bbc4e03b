import { code, isBlank, isBreak, isSpaceOrEnd, type Cursor } from "./cursor.ts";
import { Folding } from "./folding.ts";
import type { Token } from "./token.ts";

/** Characters that end a scalar without quotes inside brackets. */
const flowEnds = new Set(Buffer.from("?,[]{}", "latin1"));
const colon = ":".charCodeAt(0);
const hash = "#".charCodeAt(0);

/** A scalar without quotes, and whether a line ended behind it, so that a key may come next. */
export interface PlainScalar {
  readonly token: Token;
  readonly endsLine: boolean;
}

/** Scans a scalar without quotes whose further lines are indented deeper than `indent`. */
export function scanPlainScalar(cursor: Cursor, indent: number, inFlow: boolean): PlainScalar {
  const start = cursor.mark;
  let stop = start;
  const folding = new Folding();
  for (;;) {
    if (cursor.atMarker("---") || cursor.atMarker("...") || cursor.peek() === hash) break;
    const from = cursor.offset;
    const to = endOfPiece(cursor, inFlow);
    if (to > from) {
      folding.add(cursor.text.slice(from, to));
      cursor.skipTo(to);
      stop = cursor.mark;
    }
    if (!isBlank(cursor.peek()) && !isBreak(cursor.peek())) break;
    skipSpace(cursor, folding, indent, start);
    if (!inFlow && cursor.column < indent + 1) break;
  }
  const token: Token = { type: "scalar", text: folding.text, style: "plain", start, end: stop };
  return { token, endsLine: folding.betweenLines };
}

function endOfPiece(cursor: Cursor, inFlow: boolean): number {
  for (let ahead = 0; ; ahead += 1) {
    const unit = cursor.peek(ahead);
    const ends = (unit === colon && isSpaceOrEnd(cursor.peek(ahead + 1))) || (inFlow && flowEnds.has(unit));
    if (ends || isSpaceOrEnd(unit)) return cursor.offset + ahead;
  }
}

function skipSpace(cursor: Cursor, folding: Folding, indent: number, start: PlainScalar["token"]["start"]): void {
  for (;;) {
    const unit = cursor.peek();
    if (isBreak(unit)) folding.addBreak(cursor.skipBreak());
    else if (isBlank(unit)) {
      if (folding.betweenLines && cursor.column < indent + 1 && unit === code.tab) {
        cursor.refuse("a tab is used as indentation; use spaces", start);
      }
      folding.addBlank(cursor.char);
      cursor.skip();
    } else return;
  }
}
