import type { YamlScalar } from "../../text/yaml/syntax/node.ts";
import type { Position } from "./finding.ts";

/**
 * Where a line and column of a parameter's own text stand in the file that holds the parameter. Exact for a block of
 * text (`|`) and for a text on one line; for other spellings the place where the text starts.
 */
export function parameterPosition(
  file: string,
  node: YamlScalar,
  start: Position,
  line: number | undefined,
  column?: number,
): Position {
  if (line === undefined) return start;
  if (node.style === "literal") return inBlock(file, node, start, line, column);
  if (node.style === "plain" && line === 1) return { line: start.line, column: start.column + (column ?? 1) - 1 };
  if (node.style === "folded") return { line: start.line + line, column: 1 };
  return line === 1 ? { line: start.line, column: start.column + (column ?? 1) } : start;
}

/**
 * The text starts in the line after the header; its indentation is what the file's line has in front of it. Without a column,
 * where the line's content starts.
 */
function inBlock(file: string, node: YamlScalar, start: Position, line: number, column?: number): Position {
  const written = lineOf(file.slice(node.start.offset, node.end), line + 1);
  const own = lineOf(node.text, line);
  const indent = written.endsWith(own) ? written.length - own.length : 0;
  if (column === undefined) return { line: start.line + line, column: Math.max(written.search(/\S/u), 0) + 1 };
  return { line: start.line + line, column: column + indent };
}

function lineOf(text: string, line: number): string {
  return text.split(/\r\n|\r|\n/u, line)[line - 1] ?? "";
}
