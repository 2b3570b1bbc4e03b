import { describe, expect, test } from "@jest/globals";
import type { Tree } from "../../../src/model/outcome.ts";
import { compileSelection, createSelector } from "../../../src/text/jmespath.ts";
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
    ["a plain text", "s3cret", "s3cret"],
    ["aliases", "a: &x {b: 1}\nc: *x", { a: { b: 1 }, c: { b: 1 } }],
    ["numeric keys", "1: a", { "1": "a" }],
    ["a byte order mark", '\uFEFF{"a":1}', { a: 1 }],
  ])("%s", (_, text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  test.each([
    ["two documents", "a\n---\nb"],
    ["a repeated key", "a: 1\na: 2"],
    ["a tag", "!!js/function x"],
    ["broken YAML", "a: [1"],
    ["deep nesting", "[".repeat(5000) + "]".repeat(5000)],
    ["an overflowing number", '{"a":1e999}'],
    [
      "aliases that multiply",
      `a: &a [x,x,x]\n${"bcdefghij".replaceAll(/./gu, (c) => `${c}: &${c} [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n`)}`,
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

describe("select", () => {
  const bytes = Uint8Array.of(0, 255);
  const tree: Tree = Object.assign(Object.create(null) as Record<string, Tree>, {
    data: { password: "p", "a-b": 1 },
    big: 12345678901234567890n,
    bytes,
    list: [
      { name: "a", v: 1 },
      { name: "b", v: 2 },
    ],
    empty: null,
  });

  test.each([
    ["data.password", "p"],
    ['data."a-b"', 1],
    ["big", 12345678901234567890n],
    ["[big, data.password]", [12345678901234567890n, "p"]],
    ["big || 'x'", 12345678901234567890n],
    ["list[?name=='b'].v | [0]", 2],
    ["@.list[-1].name", "b"],
    ["bytes", bytes],
    ["bytes && 'there'", "there"],
  ])("%s", (expression, expected) => {
    expect(createSelector(tree)({ expression })).toEqual(expected);
  });

  test.each([
    "nope",
    "data.password.x",
    "empty",
    "constructor",
    "toString",
    "__proto__",
    "data.__proto__",
    "bytes.length",
    "length(data.password.x)",
    "abs(data)",
    "to_string(big)",
  ])("%s finds nothing", (expression) => {
    expect(createSelector(tree)({ expression })).toBeUndefined();
  });

  test.each([
    "a[",
    "",
    "foo..bar",
    "{__proto__: a}",
    "pad_left(a, `1000000000`)",
    "replace(a, '', 'b')",
    "a.".repeat(2000),
    "(".repeat(2000),
  ])("%j is refused", (expression) => {
    expect(compileSelection(expression).kind).toBe("refused");
  });

  test("a problem does not show the expression", () => {
    expect(JSON.stringify(compileSelection("secret-literal['"))).not.toContain("literal");
  });
});
