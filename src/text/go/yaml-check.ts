import { Lexer } from "yaml";
import { GoYamlError, type GoPlace } from "./yaml-node.ts";

/** Characters that libyaml's reader refuses anywhere in a text, and U+0085, which ends a line for it and for nobody else. */
// eslint-disable-next-line no-control-regex -- control characters are what is refused
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]|\p{Cs}/u;

/** Refuses what libyaml's scanner refuses and a YAML 1.2 parser takes. Throws GoYamlError. */
export function checkGoYamlText(text: string): void {
  const control = text.search(unprintable);
  if (control !== -1) throw new GoYamlError("control characters are not allowed", placeIn(text, control));
  checkTabs(text);
}

/** In block context no tab may stand where a key could start: at the start of a line, or after `-`, `?`. */
function checkTabs(text: string): void {
  if (!text.includes("\t")) return;
  let [flow, offset] = [0, 0];
  let keyCanStart = true;
  for (const token of new Lexer().lex(text)) {
    const mark = token.length === 1 && token < "\u0020" && !"\t\n\r".includes(token);
    if (mark || token === "\ufeff") continue;
    if (keyCanStart && flow === 0 && /^[ \t]+$/u.test(token) && token.includes("\t")) {
      throw new GoYamlError("a tab is used as indentation; use spaces", placeIn(text, offset));
    }
    offset += token.length;
    if (token === "[" || token === "{") flow += 1;
    else if (token === "]" || token === "}") flow -= 1;
    keyCanStart = /^(?:\r?\n| +|-|\?)$/u.test(token) ? keyCanStart || token !== " ".repeat(token.length) : false;
  }
}

/** Half of a surrogate pair cannot be escaped, nor a slash. Throws GoYamlError. */
export function checkQuoted(source: string, place: GoPlace): void {
  for (const [escape] of source.matchAll(/\\(?:u[dD][89a-fA-F][0-9a-fA-F]{2}|U[0-9a-fA-F]{8}|[^])/gu)) {
    const code = escape.length > 2 ? Number.parseInt(escape.slice(2), 16) : 0;
    if (escape === "\\/" || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
      throw new GoYamlError("an escape in double quotes is not known", place);
    }
  }
}

function placeIn(text: string, offset: number): GoPlace {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
