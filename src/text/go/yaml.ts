import { YamlSyntaxError } from "../yaml/syntax/cursor.ts";
import type { YamlNode } from "../yaml/syntax/node.ts";
import { parseYamlDocuments, goYaml } from "../yaml/syntax/parser.ts";
import { GoTree } from "./tree.ts";
import { yamlV3, type GoRules } from "./rules.ts";
import { GoYamlError, type GoNode } from "./yaml-node.ts";

/** Longest text that is parsed, in UTF-16 units. */
const longestText = 2 * 1024 * 1024;

/**
 * The first document of a YAML text as Go decodes it: aliases followed, merge keys applied. Undefined when there is
 * none. Throws GoYamlError, whose message never quotes the text.
 */
export function parseGoYaml(text: string, rules: GoRules = yamlV3): GoNode | undefined {
  if (text.length > longestText) {
    throw new GoYamlError(`the text is longer than ${longestText} characters`, { line: 1, column: 1 });
  }
  const root = parseFirst(text, rules);
  return root === undefined ? undefined : new GoTree(rules).build(root);
}

function parseFirst(text: string, { lookahead }: GoRules): YamlNode | undefined {
  try {
    return parseYamlDocuments(text, { ...goYaml, lookahead }).next().value?.root;
  } catch (thrown) {
    if (thrown instanceof YamlSyntaxError) throw new GoYamlError(thrown.message, thrown);
    throw thrown;
  }
}
