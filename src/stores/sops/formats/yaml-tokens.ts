import { Lexer } from "yaml";
import { invalid } from "../budget.ts";
import { limits } from "../limits.ts";

/**
 * Cuts a text into tokens once, for the parser. Refuses a text of too many tokens, or one that opens more collections inside each other than a document may have,
 * before anything slow or recursive looks at it: brackets open flow collections, the markers `-` and `?` block
 * collections in one line. Deeper block maps need indentation, and so cannot grow deep without growing long. Throws
 * MountError `document_invalid`.
 */
export function* checkedTokens(text: string): Generator<string> {
  let [flow, markers, tokens] = [0, 0, 0];
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > limits.tokens) throw invalid(`it has more than ${limits.nodes} values`);
    if (token === "[" || token === "{") flow += 1;
    else if (token === "]" || token === "}") flow -= 1;
    else if (token === "-" || token === "?") markers += 1;
    else if (token.startsWith("\n") || token === "\r\n") markers = 0;
    if (flow > limits.depth || markers > limits.depth) throw invalid(`it is nested deeper than ${limits.depth} levels`);
    yield token;
  }
}
