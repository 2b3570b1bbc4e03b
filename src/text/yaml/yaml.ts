import { LineCounter, parseAllDocuments, type Document, type YAMLError } from "yaml";
import { yamlCostProblem } from "./check-cost.ts";

/** One place in a text where YAML was broken. Line and column count from 1; the message never quotes the text. */
export interface YamlProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** One document of a text, not yet resolved: scalars keep their source, anchors and aliases are still nodes. */
export interface YamlText {
  readonly documents: readonly Document.Parsed[];
  readonly problems: readonly YamlProblem[];
  /** Line and column, from 1, of an offset in the text. */
  position(offset: number): { readonly line: number; readonly column: number };
}

/** Longest text that is parsed, in UTF-16 units: above what any Kubernetes object can hold. */
const longestText = 2 * 1024 * 1024;

/** Most problems that are kept; a broken text can have one in every character. */
const mostProblems = 10;

/**
 * Why YAML was refused, by the parser's error code. Own sentences, since the parser's may quote the text, and a text
 * may hold secrets.
 */
const sentences: Readonly<Record<string, string>> = {
  ALIAS_PROPS: "an alias cannot have a tag or an anchor",
  BAD_ALIAS: "an alias or anchor has no usable name, or the anchor is not set before it",
  BAD_COLLECTION_TYPE: "a tag does not fit what it stands before",
  BAD_DIRECTIVE: "a line that starts with % is not a directive",
  BAD_DQ_ESCAPE: "an escape in double quotes is not valid; write \\\\ for a backslash, or use single quotes",
  BAD_INDENT: "the indentation is wrong, or a bracket is not closed",
  BAD_PROP_ORDER: "a tag or anchor is in the wrong place",
  BAD_SCALAR_START: "a plain text cannot start with this character; put it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "a second map starts on the same line; put a text that holds a colon in quotes",
  BLOCK_IN_FLOW: "an indented list or map cannot stand inside brackets",
  KEY_OVER_1024_CHARS: "a key is longer than 1024 characters",
  MISSING_CHAR: "a character is missing, such as a colon, comma, closing quote or space",
  MULTILINE_IMPLICIT_KEY: "a key runs over several lines, or a colon is missing",
  MULTIPLE_ANCHORS: "a value has two anchors",
  MULTIPLE_TAGS: "a value has two tags",
  RESOURCE_EXHAUSTION: "lists and maps are nested too deeply",
  TAB_AS_INDENT: "a tab is used as indentation; use spaces",
  TAG_RESOLVE_FAILED: "tags are not supported",
  UNEXPECTED_TOKEN: "something stands where nothing can; a quote or bracket may be missing",
};

/**
 * Parses every document of a text. With `failsafe` every scalar is the text it was written as; with `core` scalars get
 * the types of YAML 1.2 and whole numbers are bigint. Keys are not checked for duplicates (the parser's own check is
 * quadratic); the readers do. Never throws.
 */
export function readYaml(text: string, schema: "failsafe" | "core" = "failsafe"): YamlText {
  const lines = new LineCounter();
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (text.length > longestText) return refuse(`the text is longer than ${longestText} characters`, position);
  const costly = yamlCostProblem(text);
  if (costly !== undefined) return refuse(costly, position);
  try {
    const options = { schema, uniqueKeys: false, prettyErrors: false, intAsBigInt: true, lineCounter: lines } as const;
    const parsed = parseAllDocuments(text, options);
    const documents: readonly Document.Parsed[] = Array.isArray(parsed) ? parsed : [];
    return { documents, problems: problemsOf(text, documents, position), position };
  } catch {
    return refuse("it is not YAML that can be read", position);
  }
}

function problemsOf(
  text: string,
  documents: readonly Document.Parsed[],
  position: YamlText["position"],
): YamlProblem[] {
  const errors = documents.flatMap((document): YAMLError[] => {
    const tags = document.warnings.filter((warning) => warning.code === "TAG_RESOLVE_FAILED");
    return [...document.errors.slice(0, mostProblems), ...tags.slice(0, 1)];
  });
  return errors.slice(0, mostProblems).map((error) => ({
    message: yamlSentence(isTabbed(text, error.pos[0]) ? "TAB_AS_INDENT" : error.code),
    ...position(error.pos[0]),
  }));
}

/** Whether the line of an offset is indented with a tab, whatever the parser then stumbles over. */
function isTabbed(text: string, offset: number): boolean {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return /^ *\t/u.test(text.slice(start, start + maxIndent));
}

/** Characters of a line that are searched for a tab. */
const maxIndent = 256;

/** What a person reads for an error code of the parser. */
export function yamlSentence(code: string): string {
  return sentences[code] ?? "it is not valid YAML";
}

function refuse(message: string, position: YamlText["position"]): YamlText {
  return { documents: [], problems: [{ message, line: 1, column: 1 }], position };
}
