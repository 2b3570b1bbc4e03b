import { Lexer } from "yaml";
import { MountError } from "../model/error.ts";

/** Pieces that the lexer cuts a text into, and collections inside each other; see the reason below. */
const most = { tokens: 40_000, depth: 64 };

/**
 * Refuses a YAML text that would be slow to parse, or that a recursive reader could not follow, before anything slow
 * or recursive looks at it: parsing holds the thread for about two microseconds a piece. Throws MountError
 * `document_invalid`.
 */
export function checkYamlCost(text: string): void {
  let [flow, markers, tokens] = [0, 0, 0];
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > most.tokens) throw refused("it has too many values; divide it");
    if (token === "[" || token === "{") flow += 1;
    else if (token === "]" || token === "}") flow -= 1;
    else if (token === "-" || token === "?") markers += 1;
    else if (token.startsWith("\n") || token === "\r\n") markers = 0;
    if (flow > most.depth || markers > most.depth) throw refused(`it is nested deeper than ${most.depth} levels`);
  }
}

function refused(problem: string): MountError {
  return new MountError("document_invalid", problem);
}
