import { describe, expect, test } from "@jest/globals";
import { Issues } from "../../../../src/text/issues.ts";
import { readList } from "../../../../src/text/yaml/read-text.ts";
import type { Reader } from "../../../../src/text/yaml/reader.ts";

function entry(text: string): { reader: Reader; issues: Issues } {
  const issues = new Issues();
  const [reader] = readList(text, "objects", issues) ?? [];
  if (reader === undefined) throw new Error("no entry");
  return { reader, issues };
}

describe("Reader", () => {
  test("gives scalars as they were written", () => {
    const { reader, issues } = entry(
      '[{a: 0400, b: yes, c: ~, d: "", e: 1.50, f: "null", h: [x, 2], i: {k: 0x1}, t: true}]',
    );
    expect(["a", "b", "c", "d", "e", "f"].map((name) => reader.text(name))).toEqual([
      "0400",
      "yes",
      undefined,
      "",
      "1.50",
      "null",
    ]);
    expect(reader.texts("h")).toEqual(["x", "2"]);
    expect(reader.texts("a")).toEqual(["0400"]);
    expect(reader.map("i")).toEqual(new Map([["k", "0x1"]]));
    expect(reader.boolean("t")).toBe(true);
    reader.finish();
    expect(issues.size).toBe(0);
  });

  test.each([
    ["a list where a text belongs", "- x: [a]", (r: Reader) => r.text("x"), "parameter_invalid"],
    ["a missing text", "- y: a", (r: Reader) => r.requiredText("x", "f") + (r.text("y") ?? ""), "parameter_missing"],
    ["an empty text", '- x: ""', (r: Reader) => r.requiredText("x", "f"), "parameter_invalid"],
    ["an unknown value", "- x: maybe", (r: Reader) => r.oneOf("x", ["on", "off"]), "parameter_invalid"],
    ["yes as boolean", "- x: yes", (r: Reader) => r.boolean("x"), "parameter_invalid"],
    ["a number out of range", "- x: 11", (r: Reader) => r.integer("x", { min: 0, max: 10 }), "parameter_invalid"],
    ["a fraction", "- x: 1.0", (r: Reader) => r.integer("x", { min: 0, max: 10 }), "parameter_invalid"],
    ["a bare number as duration", "- x: 90", (r: Reader) => r.duration("x"), "parameter_invalid"],
    ["a map among texts", "- x: [{a: b}]", (r: Reader) => r.texts("x"), "parameter_invalid"],
    ["a text where a map belongs", "- x: a", (r: Reader) => r.map("x"), "parameter_invalid"],
    ["a field twice", "- x: a\n  x: b", (r: Reader) => r.text("x"), "parameter_invalid"],
    ["an unknown field", "- x: a", (r: Reader) => r.text("y"), "parameter_unknown"],
  ])("%s is one issue", (_, text, read, reason) => {
    const { reader, issues } = entry(text);
    read(reader);
    reader.finish();
    expect(issues.sorted.map((issue) => issue.reason)).toEqual([reason]);
    expect(issues.sorted[0]?.place.line).toBeGreaterThan(0);
  });

  test("names the nearest field, where it stands, and every issue", () => {
    const { reader, issues } = entry("\n- objectname: db\n  objectAlais: x");
    reader.requiredText("objectName", "write it");
    reader.text("objectAlias");
    reader.finish();
    expect(issues.toError()?.message.split("\n")).toEqual([
      "object 1, field objectName (parameter objects, line 2): it is missing; write it",
      "object 1, field objectname (parameter objects, line 2): it is not a known field; did you mean objectName?",
      "object 1, field objectAlais (parameter objects, line 3): it is not a known field; did you mean objectAlias?",
    ]);
    expect(reader.asked).toEqual(["objectName", "objectAlias"]);
  });
});

describe("readList", () => {
  test.each([
    ["a map", "a: b"],
    ["a text", "hunter2"],
    ["an open bracket", "- {a: hunter2"],
    ["an open quote", '- a: "hunter2'],
    ["a tab", "- a: x\n\t- b: hunter2"],
    ["two documents", "- a\n---\n- hunter2"],
    ["a tag", "- !!hunter2 x"],
    ["an unset alias", "- *hunter2"],
    ["an entry that is a text", "- hunter2"],
    ["deep nesting", "[".repeat(100_000)],
  ])("%s is an issue that shows nothing of the text", (_, text) => {
    const issues = new Issues();
    readList(text, "objects", issues);
    expect(issues.size).toBe(1);
    expect(issues.toError()?.message).toMatch(/parameter objects/u);
    expect(issues.toError()?.message).not.toContain("hunter2");
  });

  test.each(["", "[]", "# nothing\n", "~"])("%j is an empty list", (text) => {
    const issues = new Issues();
    expect(readList(text, "objects", issues)).toEqual([]);
    expect(issues.size).toBe(0);
  });

  test("follows aliases, a bounded number of them", () => {
    const issues = new Issues();
    expect(readList(`- &a {objectName: x}\n${"- *a\n".repeat(150)}`, "objects", issues)).toHaveLength(151);
    expect(issues.size).toBe(0);
    const levels = Array.from({ length: 8 }, (_, at) => `- &a${at + 1} [${`*a${at},`.repeat(8)}]\n`);
    const bomb = `- &a0 {objectName: x}\n${levels.join("")}`;
    expect(readList(bomb, "objects", issues)).toBeUndefined();
    expect(issues.sorted.map(({ problem }) => problem)).toEqual([
      "it is not valid YAML: its aliases stand for too many values",
    ]);
  });

  test("an alias is the nearest anchor before it; without one it is refused", () => {
    const issues = new Issues();
    const text =
      "- &a { objectName: x }\n- *a\n- &a { objectName: y }\n- *a\n- { &k objectName: z, objectAlias: *k }\n";
    const readers = readList(text, "objects", issues) ?? [];
    expect(readers.map((reader) => reader.text("objectName"))).toEqual(["x", "x", "y", "y", "z"]);
    expect(readers.at(-1)?.text("objectAlias")).toBe("objectName");
    expect(readList("- *a\n- &a { objectName: x }\n", "objects", issues)).toBeUndefined();
    expect(issues.sorted.map(({ problem, place }) => [problem, place.line])).toEqual([
      ["it is not valid YAML: an alias has no anchor before it", 1],
    ]);
  });

  test("reads thousands of entries", () => {
    const issues = new Issues();
    const readers = readList("- {objectName: database}\n".repeat(3000), "objects", issues);
    expect(readers).toHaveLength(3000);
  });
});
