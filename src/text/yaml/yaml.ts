import { hasTooManyAliases } from "./alias-budget.ts";
import { isEmptyDocument } from "./nodes.ts";
import { YamlSyntaxError, type Mark } from "./syntax/cursor.ts";
import type { YamlDocument, YamlNode } from "./syntax/node.ts";
import { goYaml, parseYamlDocuments, type YamlOptions } from "./syntax/parser.ts";

/** One place in a text where YAML was broken. Line and column count from 1; the message never quotes the text. */
export interface YamlProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** The documents of a text that could be read, and what is wrong with the others. */
export interface YamlText {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly YamlProblem[];
}

/** Which tags a text may use: none but those that say text, list and map; also those of YAML 1.2's core schema; any. */
export type YamlTags = "text" | "core" | "any";

/** Longest text that is parsed, in UTF-16 units: above what any Kubernetes object can hold. */
const longestText = 2 * 1024 * 1024;

/** Most problems that are kept; a broken text can have one in every document. */
const mostProblems = 10;

const textTags: readonly string[] = ["", "!", "!!str", "!!seq", "!!map"];
const coreTags: readonly string[] = [...textTags, "!!int", "!!float", "!!bool", "!!null"];

/** go-yaml's grammar, and JSON's escapes, since every JSON text is good where YAML is. */
export const ownYaml: YamlOptions = { ...goYaml, escapes: "json" };

/**
 * Parses every document of a text, as go-yaml takes it; scalars stay the texts that they were written as. Behind a broken
 * document reading goes on at the next line `---`. Duplicate keys are the readers' to refuse. Never throws.
 */
export function readYaml(text: string, tags: YamlTags = "text"): YamlText {
  if (text.length > longestText) {
    return { documents: [], problems: [{ message: `the text is longer than ${longestText} characters`, ...start }] };
  }
  const documents: YamlDocument[] = [];
  const problems: YamlProblem[] = [];
  let from: Pick<Mark, "offset" | "line"> | undefined = { offset: 0, line: 0 };
  while (from !== undefined && problems.length < mostProblems) {
    const read = readFrom(text, from, documents);
    if (read !== undefined) problems.push({ message: read.message, line: read.line, column: read.column });
    from = read === undefined ? undefined : nextDocument(text, read.offset);
  }
  const refused = documents.map((document) => problemOf(document.root, tags));
  problems.push(...refused.filter((problem) => problem !== undefined));
  return {
    documents: documents.filter((_, at) => refused[at] === undefined),
    problems: problems.slice(0, mostProblems),
  };
}

const start = { line: 1, column: 1 };

/** The documents that say something; of a text that says nothing at all, the first. */
export function documentsWithContent(documents: readonly YamlDocument[]): readonly YamlDocument[] {
  const full = documents.filter((document) => !isEmptyDocument(document));
  return full.length === 0 ? documents.slice(0, 1) : full;
}

/** Adds the documents up to the first that is broken; what is wrong with that. */
function readFrom(
  text: string,
  from: Pick<Mark, "offset" | "line">,
  documents: YamlDocument[],
): YamlSyntaxError | undefined {
  try {
    for (const document of parseYamlDocuments(text, { ...ownYaml, from })) documents.push(document);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof YamlSyntaxError) return thrown;
    throw thrown;
  }
}

/** Where the next line `---` behind an offset starts. */
function nextDocument(text: string, behind: number): Pick<Mark, "offset" | "line"> | undefined {
  const marker = /^---(?=\s|$)/gmu;
  const lineEnd = text.indexOf("\n", behind);
  marker.lastIndex = lineEnd < 0 ? text.length : lineEnd;
  const offset = marker.exec(text)?.index;
  return offset === undefined ? undefined : { offset, line: text.slice(0, offset).split("\n").length - 1 };
}

function problemOf(root: YamlNode, tags: YamlTags): YamlProblem | undefined {
  const tagged = tags === "any" ? undefined : findTagged(root, tags === "core" ? coreTags : textTags);
  const { line, column } = tagged?.outer ?? root.start;
  const place = { line: line + 1, column: column + 1 };
  if (tagged !== undefined) return { message: "tags are not supported", ...place };
  return hasTooManyAliases(root) ? { message: "its aliases stand for too many values", ...place } : undefined;
}

function findTagged(node: YamlNode, allowed: readonly string[]): YamlNode | undefined {
  if (!allowed.includes(node.tag)) return node;
  const pairs = node.kind === "map" ? node.pairs.flatMap(({ key, value }) => [key, value]) : [];
  for (const one of node.kind === "list" ? node.items : pairs) {
    const found = findTagged(one, allowed);
    if (found !== undefined) return found;
  }
  return undefined;
}
