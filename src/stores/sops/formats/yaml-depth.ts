import { Lexer } from "yaml";
import { limits } from "../limits.ts";

/**
 * Whether the text opens more collections inside each other than a document may have. Read from the tokens, before
 * anything recursive looks at the text: brackets for flow collections, and the markers `-`, `?` that open block
 * collections in one line. Deeper block maps need indentation, and so cannot grow deep without growing long.
 */
export function nestedTooDeep(text: string): boolean {
  let flow = 0;
  let markers = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") flow += 1;
    else if (token === "]" || token === "}") flow -= 1;
    else if (token === "-" || token === "?") markers += 1;
    else if (token.startsWith("\n") || token === "\r\n") markers = 0;
    if (flow > limits.depth || markers > limits.depth) return true;
  }
  return false;
}
