import { describe, expect, test } from "@jest/globals";
import { YamlSyntaxError } from "../../../../../src/text/yaml/syntax/cursor.ts";
import type { YamlNode } from "../../../../../src/text/yaml/syntax/node.ts";
import { goYaml, parseYamlDocuments, type YamlOptions } from "../../../../../src/text/yaml/syntax/parser.ts";

function shown(node: YamlNode): unknown {
  if (node.kind === "alias") return `*${node.name}`;
  if (node.kind === "scalar") return node.tag === "" ? node.text : `${node.tag} ${node.text}`;
  if (node.kind === "list") return node.items.map(shown);
  return node.pairs.map(({ key, value }) => [shown(key), shown(value)]);
}

function roots(text: string): readonly unknown[] {
  return [...parseYamlDocuments(text, goYaml)].map(({ root }) => shown(root));
}

function refusal(text: string, budget: YamlOptions = goYaml): { message: string; line: number; column: number } {
  try {
    Array.from(parseYamlDocuments(text, budget));
  } catch (thrown) {
    if (thrown instanceof YamlSyntaxError) return thrown;
    throw thrown;
  }
  throw new Error("not refused");
}

describe("what is read", () => {
  test.each<readonly [string, unknown]>([
    ["? a\n: b\n? c\n", [["a", "b"], ["c", ""]]], // prettier-ignore
    ["a:\n- b\n-\n- - c\n  - d\n", [["a", ["b", "", ["c", "d"]]]]],
    ["[a: b, ? c, {d, e: f,}, ]", [[["a", "b"]], [["c", ""]], [["d", ""], ["e", "f"]]]], // prettier-ignore
    ["!!str 1", "!!str 1"],
    ["%TAG !x! tag:yaml.org,2002:\n---\n!x!int 1", "!!int 1"],
    ["!<tag:example.org,2000:%41> a", "tag:example.org,2000:A a"],
    ["! a", "! a"],
    ["a: |+ # c\n  b\n\n\nc: >2\n   d\n  e\n", [["a", "b\n\n\n"], ["c", " d\ne\n"]]], // prettier-ignore
    ["'it''s'", "it's"],
    ['"\\x41\\u00e9\\U0001F600\\L\\\n  b \\\n  c"', "Aé😀\u2028b c"],
    ["a\n b\n\n c", "a b\nc"],
    ["a: &x\nb: *x\n", [["a", ""], ["b", "*x"]]], // prettier-ignore
    ["a:#b", "a:#b"],
    ["a #b\n#c\n\t#d\n", "a"],
    ["k:\t\tv # x", [["k", "v"]]],
  ])("%j", (text, expected) => {
    expect(roots(text)).toEqual([expected]);
  });

  test("documents one after the other, or the first alone", () => {
    const text = "a\n---\nb\n...\n%YAML 1.1\n---\nc: [\n";
    expect(parseYamlDocuments(text, goYaml).next().value).toMatchObject({ root: { text: "a" } });
    expect(roots("a\n---\n---\nb\n...\n...\n---\nc\n")).toEqual(["a", "", "b", "c"]);
    expect(roots("# nothing\n")).toEqual([]);
    expect(refusal(text).message).toBe("a bracket is not closed");
  });

  test("an alias is the nearest anchor before it, also one of a key", () => {
    const root = parseYamlDocuments("- &a x\n- *a\n- &a y\n- { &a z: *a }\n", goYaml).next().value?.root;
    const targets: string[] = [];
    const visit = (node: YamlNode): void => {
      if (node.kind === "alias" && node.target.kind === "scalar") targets.push(node.target.text);
      if (node.kind === "list") node.items.forEach(visit);
      if (node.kind === "map") node.pairs.forEach(({ value }) => visit(value));
    };
    if (root !== undefined) visit(root);
    expect(targets).toEqual(["x", "z"]);
  });
});

describe("what is refused", () => {
  test.each([
    ["a: b: c", "a second map starts on the same line", 1, 5],
    ["a:\n\tb: c", "a tab is used as indentation", 2, 1],
    ["a: |\n\tb", "a tab is used as indentation", 1, 4],
    ["a: |0\n", "an indentation of 0", 1, 4],
    ["a: | b\n", "text stands behind", 1, 4],
    ["a: 'b", "a quote is not closed", 1, 4],
    ["a: '\n---\n'", "a quote is not closed before the document ends", 1, 4],
    ['a: "\\q"', "an escape in double quotes", 1, 4],
    ['a: "\\ud83d\\ude00"', "an escape in double quotes", 1, 4],
    ["a\nb: c", "a key runs over several lines", 2, 2],
    ["a: b\nc\n", "a key has no colon behind it", 2, 1],
    ["a: @b", "a text cannot start with this character", 1, 4],
    ["a: *b", "an alias has no anchor before it", 1, 4],
    ["a: &b [*b]", "an anchor contains an alias to itself", 1, 8],
    ["a: & b", "an anchor has no usable name", 1, 4],
    ["a: !x!y b", "a tag starts with a handle that no %TAG line declares", 1, 4],
    ["%YAML 1.2\n---\na", "the directive must be %YAML 1.1", 1, 1],
    ["%FOO\n---\na", "is no known directive", 1, 1],
    ["[a, {b: c", "a bracket is not closed", 1, 5],
    ["[a\n---\nb]", "a bracket is not closed", 1, 1],
    ["[a b: c {", "a comma or ] is missing", 1, 9],
    ["{a: b]", "a comma or } is missing", 1, 6],
    ["]", "something stands where nothing can", 1, 1],
    ["a: -", "a list cannot start on this line", 1, 4],
    ["a\0:\0 \0b\0", "save it as UTF-8", 1, 2],
    ["a\u0007", "control characters", 1, 2],
  ])("%j: %s", (text, message, line, column) => {
    const found = refusal(text);
    expect(found.message).toContain(message);
    expect([found.line, found.column]).toEqual([line, column]);
  });

  test("what is too long or too deep", () => {
    const budget = { ...goYaml, tokens: 100, depth: 10 };
    expect(refusal(`[${"a,".repeat(60)}]`, budget).message).toBe("it has too many values; divide it");
    expect(refusal("[".repeat(20), budget).message).toBe("it is nested deeper than 10 levels");
    expect(refusal("- ".repeat(20), budget).message).toBe("it is nested deeper than 10 levels");
    expect(refusal("a: ".repeat(3), budget).message).toContain("a second map");
  });
});
