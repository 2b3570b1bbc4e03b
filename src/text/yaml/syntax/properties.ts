import { isBlank, isBreak, isBreakOrEnd, isSpaceOrEnd, type Cursor, type Mark } from "./cursor.ts";
import type { Token } from "./token.ts";

/** Longest number in a %YAML directive, in digits. */
const longestVersion = 2;

/** Scans `&name` or `*name`. */
export function scanAnchor(cursor: Cursor, type: "alias" | "anchor"): Token {
  const start = cursor.mark;
  cursor.skip();
  const name = scanRun(cursor, /[\w-]*/uy);
  if (name === "" || !(isSpaceOrEnd(cursor.peek()) || "?:,]}%@`".includes(cursor.char))) {
    cursor.refuse(`an ${type} has no usable name; write letters, digits, - and _`, start);
  }
  return { type, name, start, end: cursor.mark };
}

/** Scans `!`, `!name`, `!!name`, `!handle!name` or `!<uri>`. */
export function scanTag(cursor: Cursor): Token {
  const start = cursor.mark;
  const { handle, suffix } = cursor.text.startsWith("!<", cursor.offset) ? scanVerbatim(cursor, start) : scanShort(cursor, start); // prettier-ignore
  if (!isSpaceOrEnd(cursor.peek())) cursor.refuse("a tag must be followed by a space", start);
  return { type: "tag", handle, suffix, start, end: cursor.mark };
}

function scanVerbatim(cursor: Cursor, start: Mark): { handle: string; suffix: string } {
  cursor.skip(2);
  const suffix = scanUri(cursor, start);
  if (suffix === "") cursor.refuse("a tag has no name", start);
  if (cursor.char !== ">") cursor.refuse("a tag that starts with !< must end with >", start);
  cursor.skip();
  return { handle: "", suffix };
}

function scanShort(cursor: Cursor, start: Mark): { handle: string; suffix: string } {
  const handle = scanRun(cursor, /![\w-]*!?/uy);
  if (handle.length > 1 && handle.endsWith("!")) {
    const suffix = scanUri(cursor, start);
    if (suffix === "") cursor.refuse("a tag has no name", start);
    return { handle, suffix };
  }
  const suffix = handle.slice(1) + scanUri(cursor, start);
  return suffix === "" ? { handle: "", suffix: "!" } : { handle: "!", suffix };
}

function scanUri(cursor: Cursor, start: Mark): string {
  const written = scanRun(cursor, /[\w\-;/?:@&=+$,.!~*'()[\]%]*/uy);
  if (!written.includes("%")) return written;
  try {
    return decodeURIComponent(written);
  } catch {
    return cursor.refuse("a tag holds a % that is no escape", start);
  }
}

/** Scans a line that starts with `%`. */
export function scanDirective(cursor: Cursor): Token {
  const start = cursor.mark;
  cursor.skip();
  const name = scanRun(cursor, /[\w-]*/uy);
  if (name !== "YAML" && name !== "TAG") cursor.refuse("a line that starts with % is no known directive", start);
  while (isBlank(cursor.peek())) cursor.skip();
  const token = name === "YAML" ? scanVersion(cursor, start) : scanTagDirective(cursor, start);
  while (isBlank(cursor.peek())) cursor.skip();
  if (cursor.char === "#") while (!isBreakOrEnd(cursor.peek())) cursor.skip();
  if (!isBreakOrEnd(cursor.peek()))
    cursor.refuse("a line that starts with % has something behind its directive", start);
  if (isBreak(cursor.peek())) cursor.skipBreak();
  return token;
}

function scanVersion(cursor: Cursor, start: Mark): Token {
  const written = scanRun(cursor, /\d+\.\d+/uy);
  const numbers = written.split(".");
  if (numbers.some((one) => one === "" || one.length > longestVersion)) {
    cursor.refuse("a %YAML directive has no version", start);
  }
  return { type: "version", version: numbers.map(Number).join("."), start, end: cursor.mark };
}

function scanTagDirective(cursor: Cursor, start: Mark): Token {
  const handle = scanRun(cursor, /!(?:[\w-]*!)?/uy);
  if (handle === "" || !isBlank(cursor.peek())) cursor.refuse("a %TAG directive has no handle such as !x!", start);
  while (isBlank(cursor.peek())) cursor.skip();
  const prefix = scanUri(cursor, start);
  if (prefix === "" || !isSpaceOrEnd(cursor.peek())) cursor.refuse("a %TAG directive has no prefix", start);
  return { type: "tag directive", handle, prefix, start, end: cursor.mark };
}

/** The text here that a sticky pattern matches, all on one line, skipped. */
function scanRun(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.offset;
  const found = pattern.exec(cursor.text)?.[0] ?? "";
  cursor.skipTo(cursor.offset + found.length);
  return found;
}
