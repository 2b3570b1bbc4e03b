import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { parseYamlTemplate, type TemplateScalar } from "../../../../src/text/yaml/template.ts";

/** The document with every scalar whose text is `X` exchanged. */
function exchanged(text: string, value: string | Uint8Array) {
  const template = parseYamlTemplate(text);
  const values = new Map<TemplateScalar, string | Uint8Array>(
    template.scalars.filter((scalar) => scalar.text.trim() === "X").map((scalar) => [scalar, value]),
  );
  const { bytes, tree } = template.render(values);
  return { text: Buffer.from(bytes).toString("utf8"), tree: tree() };
}

describe("exchanged texts", () => {
  test.each([
    ["plain", "a: X # c\n", 'a: "v" # c\n'],
    ["quoted", "a: 'X'\nb: \"X\"", 'a: "v"\nb: "v"'],
    ["a literal block", "a: |\n  X\nb: 1\n", 'a: "v"\nb: 1\n'],
    ["a literal block with a header", "a: |2- # c\n  X\nb: 1\n", 'a: "v"\nb: 1\n'],
    ["a folded block at the end", "a: >-\n  X", 'a: "v"'],
    ["in flow", "{a: X, b: [X, 'X']}", '{a: "v", b: ["v", "v"]}'],
    ["a key", "X: 1", '"v": 1'],
    ["tagged", "a: !t X\nb: [!t 'X', !t\n  X]", 'a: "v"\nb: ["v",   "v"]'],
    ["anchored", "a: &x X\nb: *x", 'a: &x "v"\nb: *x'],
    ["tagged in full", "a: !<t> X", 'a: "v"'],
    ["before an empty document", "a: X\n---\n", 'a: "v"\n---\n'],
    ["tagged and anchored", "a: &x !t X\nb: !t &x X", 'a: &x "v"\nb: &x "v"'],
    ["in a list", "- X\n-   X\n", '- "v"\n-   "v"\n'],
    ["the whole document", "X\n", "v"],
    ["CRLF", "a: X\r\nb: |\r\n  X\r\nc: 1\r\n", 'a: "v"\r\nb: "v"\r\nc: 1\r\n'],
  ])("%s", (_, text, expected) => {
    expect(exchanged(text, "v").text).toBe(expected);
  });

  test("any text comes back as it is, beside what stood there, by YAML 1.1 and 1.2", () => {
    const around = fc.constantFrom(
      "a: X\nb: 1\n",
      "{a: X, b: 1}",
      "a: |\n    X\nb: 1\n",
      '{"a":"X","b":1}',
      "a: !t >-\n X\nb: 1",
    );
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }).map((value) => value.toWellFormed()),
        around,
        (value, document) => {
          const { text, tree } = exchanged(document, value);
          expect(tree).toEqual({ a: value, b: 1 });
          for (const version of ["1.1", "1.2"] as const) expect(parse(text, { version })).toEqual({ a: value, b: 1 });
        },
      ),
    );
  });

  test("bytes", () => {
    const { text, tree } = exchanged("a: X\n", Buffer.from([255, 0]));
    expect(text).toBe('a: !!binary "/wA="\n');
    expect(tree).toEqual({ a: Buffer.from([255, 0]) });
  });

  test("data that cannot be had is null: keys twice, keys that are lists", () => {
    expect(exchanged("{X: 1, v: 2}", "v").tree).toBeNull();
    expect(exchanged("{[X]: 1}", "v").tree).toBeNull();
  });

  test("a key that becomes too long is refused", () => {
    expect(() => exchanged("X: 1", "v".repeat(2000))).toThrow("the key at line 1 becomes longer");
  });
});

describe("refused", () => {
  test.each([
    ["broken", "a: [", "not valid YAML at line 1"],
    ["several documents", "a: 1\n---\nb: 2", "more than one YAML document"],
    ["nothing", "", "it is empty"],
    ["an alias without its anchor", "a: *x", "not valid YAML at line 1: an alias has no anchor before it"],
    ["deep", "[".repeat(70), "nested deeper than 64"],
    ["deep in one line", `a:\n  ${"- ".repeat(70)}x`, "nested deeper than 64"],
    ["costly", "a: 1\n".repeat(20_000), "too many values"],
  ])("%s", (_, text, problem) => {
    expect(() => exchanged(text, "v")).toThrow(problem);
  });
});
