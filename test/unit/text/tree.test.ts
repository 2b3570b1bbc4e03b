import { describe, expect, test } from "@jest/globals";
import { NumberText } from "../../../src/model/number-text.ts";
import type { Tree } from "../../../src/model/outcome.ts";
import { treeBytes } from "../../../src/text/tree-bytes.ts";
import { parseTree } from "../../../src/text/tree.ts";

const parse = (text: string): Tree | undefined => parseTree(Buffer.from(text));
const written = (tree: Tree): string | undefined => {
  const bytes = treeBytes(tree);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
};

describe("parseTree", () => {
  test.each([
    ["JSON", '{"a":[1,true,null,"x"]}', { a: [1, true, null, "x"] }],
    ["a big JSON number", '{"id":12345678901234567890}', { id: 12345678901234567890n }],
    ["YAML", "a:\n  - 1\n  - yes\n  - ~\n", { a: [1, "yes", null] }],
    ["a big YAML number", "id: 12345678901234567890", { id: 12345678901234567890n }],
    ["a decimal with a zero", '{"a":1.10}', { a: new NumberText("1.10", 1.1) }],
    ["an exponent", "a: 1E3", { a: new NumberText("1E3", 1000) }],
    ["a negative zero", '{"a":-0}', { a: new NumberText("-0", -0) }],
    ["a YAML number with zeros in front", "a: 0042", { a: new NumberText("0042", 42) }],
    ["a YAML hexadecimal number", "a: 0x2A", { a: new NumberText("0x2A", 42) }],
    ["an ordinary number", '{"a":1.5}', { a: 1.5 }],
    ["a plain text", "s3cret", "s3cret"],
    ["aliases", "a: &x {b: 1}\nc: *x", { a: { b: 1 }, c: { b: 1 } }],
    ["an anchor that is set again", "a: &x one\nb: *x\nc: &x two\nd: *x", { a: "one", b: "one", c: "two", d: "two" }],
    ["an anchor on a key", "&x a: 1\nb: *x", { a: 1, b: "a" }],
    ["an empty document behind", "a: 1\n---\n", { a: 1 }],
    ["numeric keys", "1: a", { "1": "a" }],
    ["a byte order mark", '\uFEFF{"a":1}', { a: 1 }],
  ])("%s", (_, text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  test.each([
    ["two documents", "a\n---\nb"],
    ["a repeated key", "a: 1\na: 2"],
    ["an alias without an anchor", "a: *x\nb: v"],
    ["an alias before its anchor", "a: *x\nb: &x v"],
    ["a tag", "!!js/function x"],
    ["broken YAML", "a: [1"],
    ["deep nesting", "[".repeat(5000) + "]".repeat(5000)],
    ["an overflowing number", '{"a":1e999}'],
    [
      "aliases that multiply",
      `a: &a [x]\n${["ab", "bc", "cd", "de", "ef"]
        .map((two) => [two.charAt(0), two.charAt(1)] as const)
        .map(([x, y]) => `${y}: &${y} [${`*${x},`.repeat(12)}]\n`)
        .join("")}`,
    ],
  ])("%s is refused", (_, text) => {
    expect(parse(text)).toBeUndefined();
  });

  test("bytes that are not UTF-8 are refused", () => {
    expect(parseTree(Uint8Array.of(0x22, 0xff, 0x22))).toBeUndefined();
  });

  test("a key __proto__ is data", () => {
    const tree = parse('{"__proto__":{"polluted":1},"constructor":"c"}') as Record<string, Tree>;
    expect(Object.keys(tree)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(tree)).toBeNull();
    expect("polluted" in {}).toBe(false);
  });
});

describe("treeBytes", () => {
  test.each([
    ["text", "pässword", "pässword"],
    ["a big number", 12345678901234567890n, "12345678901234567890"],
    ["a large float", 1e21, "1000000000000000000000"],
    ["a small float", 1.25e-9, "0.00000000125"],
    ["a negative small float", -1e-7, "-0.0000001"],
    ["a float", 0.1, "0.1"],
    ["a number as it stands", new NumberText("1.10", 1.1), "1.10"],
    ["such numbers in JSON", [new NumberText("1E3", 1000), new NumberText("0x2A", 42)], "[1E3,42]"],
    ["true", true, "true"],
    ["a list", [1n, "x", null, 2.5], '[1,"x",null,2.5]'],
    ["a map in its order", { b: 1, a: { c: 99999999999999999999n } }, '{"b":1,"a":{"c":99999999999999999999}}'],
  ])("%s", (_, tree, expected) => {
    expect(written(tree)).toBe(expected);
  });

  test("bytes stay, null is nothing", () => {
    expect(treeBytes(Uint8Array.of(0, 255))).toEqual(Uint8Array.of(0, 255));
    expect(treeBytes(null)).toBeUndefined();
  });
});
