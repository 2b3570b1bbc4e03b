import { Lexer } from "yaml";
import { MountError } from "../../model/error.ts";

/** Pieces that the lexer cuts a text into, and collections inside each other; see the reason below. */
const most = { tokens: 40_000, depth: 64 };

/** Refuses a text that `yamlCostProblem` finds fault with. Throws MountError `document_invalid`. */
export function checkYamlCost(text: string): void {
  const problem = yamlCostProblem(text);
  if (problem !== undefined) throw new MountError("document_invalid", problem);
}

/**
 * Why a YAML text would be slow to parse, or could not be followed by a recursive reader; told before anything slow or
 * recursive looks at it, since parsing holds the thread for about two microseconds a piece. Undefined when it is fine.
 */
export function yamlCostProblem(text: string): string | undefined {
  let [flow, markers, tokens] = [0, 0, 0];
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > most.tokens) return "it has too many values; divide it";
    if (token === "[" || token === "{") flow += 1;
    else if (token === "]" || token === "}") flow -= 1;
    else if (token === "-" || token === "?") markers += 1;
    else if (token.startsWith("\n") || token === "\r\n") markers = 0;
    if (flow > most.depth || markers > most.depth) return `it is nested deeper than ${most.depth} levels`;
  }
  return undefined;
}
