import { describe, expect, test } from "@jest/globals";
import { placeText } from "../../../../src/model/issue.ts";
import { readGoEntries, readGoTexts } from "../../../../src/text/go/entries.ts";
import { sigsYaml, yamlV3, type GoRules } from "../../../../src/text/go/rules.ts";
import { goFloat32 } from "../../../../src/text/go/float.ts";
import { Issues } from "../../../../src/text/issues.ts";

function read(text: string, rules: GoRules, empty: "skipped" | "refused" = "refused") {
  const issues = new Issues();
  const none = { problem: "it lists nothing", fix: "list something" };
  const entries = readGoEntries(text, { parameter: "objects", rules, fields: "a and b", empty, none }, issues);
  const found = () => issues.sorted.map(({ place, problem }) => `${placeText(place)}: ${problem}`);
  return { entries: entries ?? [], usable: entries !== undefined, found };
}

function fields(text: string, rules: GoRules): readonly string[] {
  return read(`- ${text}\n`, rules).entries.map((entry) => entry.text("objectName"));
}

describe("entries by yaml.v3", () => {
  test("fields keep their text, null and absent ones are zero, unknown ones are told", () => {
    const { entries, found } = read("- a: 0x1F\n  b: ~\n  C: x\n  n: 0644\n  yes: true\n  l: [1, ~]\n", yamlV3);
    const [entry] = entries;
    expect([entry?.text("a"), entry?.text("b"), entry?.text("c")]).toEqual(["0x1F", "", ""]);
    expect(entry?.integer("n", { min: 0n, max: 511n }, "write bits")).toBe(0o644);
    expect([entry?.boolean("yes"), entry?.boolean("no")]).toEqual([true, false]);
    expect(entry?.texts("l")).toEqual(["1"]);
    expect(entry?.ignored()).toEqual([
      { name: "C", meant: "c", place: { parameter: "objects", index: 0, field: "C", line: 3, column: 3 } },
    ]);
    expect(found()).toEqual([]);
  });

  test("a map of texts is read whole: null is the empty text, merged fields count, a list is an issue", () => {
    const { entries, found } = read("- &a { x: 1, ~: y }\n- { <<: *a, z: ~, 7: [1] }\n", yamlV3);
    expect(entries.map((entry) => entry.pairs().map(({ name, text }) => [name, text]))).toEqual([
      [
        ["x", "1"],
        ["", "y"],
      ],
      [
        ["z", ""],
        ["x", "1"],
        ["", "y"],
      ],
    ]);
    expect(found()).toEqual(['object 2 "7" (parameter objects, line 2): it is a list or a map']);
  });

  test("what does not fit is an issue at its own place", () => {
    const { entries, found } = read("- a: [x]\n- b\n- n: '7'\n  m: {}\n", yamlV3);
    expect(entries.map((entry) => entry.index)).toEqual([0, 2]);
    const [first, second] = entries;
    first?.text("a");
    second?.integer("n", { min: 0n, max: 9n }, "write a digit");
    second?.setName("db");
    second?.texts("m");
    second?.boolean("m");
    second?.entries("m");
    expect(second?.entry("m")?.text("x")).toBe("");
    expect(second?.problems).toBe(4);
    expect(found()).toEqual([
      "object 1, field a (parameter objects, line 1): it is a list or a map",
      "object 2 (parameter objects, line 2): it is not a map of fields",
      "object 3, field n (parameter objects, line 3): it is not a number",
      'object 3 "db", field m (parameter objects, line 4): it is not a list of texts',
      'object 3 "db", field m (parameter objects, line 4): it is neither true nor false',
      'object 3 "db", field m (parameter objects, line 4): it is not a list of maps',
    ]);
  });

  test("booleans are what yaml.v3 takes for a bool: also the words of YAML 1.1, in quotes or not", () => {
    const { entries, found } = read('- { a: yes, b: "Off", c: "true", d: 1 }\n', yamlV3);
    expect(["a", "b", "c", "d"].map((field) => entries[0]?.boolean(field))).toEqual([true, false, false, false]);
    expect(found()).toHaveLength(2);
  });

  test("a key that is a list or a map is refused", () => {
    expect(read("- { a: x, [b]: y }\n", yamlV3).found().join()).toContain("a key of it is a list or a map");
  });

  test("an issue inside counts for the entry around it", () => {
    const { entries, found } = read("- in: { a: [] }\n  list: [{ b: {} }, ~]\n", yamlV3);
    entries[0]?.entry("in")?.text("a");
    for (const inner of entries[0]?.entries("list") ?? []) inner.text("b");
    expect(entries[0]?.problems).toBe(2);
    expect(found()).toHaveLength(2);
  });

  test.each([
    ["", "it lists nothing"],
    ["[]", "it lists nothing"],
    ["a: b", "it is not a list"],
    ["- a: 1\n  a: 2\n", "it is not valid YAML: duplicate key"],
    ["- &x a\n- *y\n", "it is not valid YAML: an alias has no anchor before it"],
  ])("%j as a whole: %s", (text, problem) => {
    expect(read(text, yamlV3).found().join()).toContain(problem);
  });

  test("an empty entry is skipped or refused", () => {
    expect(read("-\n- a: x\n", yamlV3, "skipped").found()).toEqual([]);
    expect(read("-\n- a: x\n", yamlV3, "skipped").entries.map(({ index }) => index)).toEqual([0]);
    expect(read("-\n- a: x\n", yamlV3, "refused").found()).toEqual([
      "object 1 (parameter objects, line 1): it is not a map of fields",
    ]);
  });
});

describe("entries by sigs.k8s.io/yaml", () => {
  test.each([
    ["{ OBJECTNAME: x }", "x"],
    ["{ objectName: a, objectname: b }", "b"],
    ["{ objectname: b, objectName: a }", "b"],
    ["{ objectName: a, objectname: ~ }", "a"],
    ["{ objectName: a, objectName: b }", "b"],
    ["{ <<: { objectName: a }, objectName: b }", "b"],
    ["{ objectName: a, <<: [{ objectName: b }, { objectName: c }] }", "b"],
    ["{ objectName: yes }", "true"],
    ["{ objectName: off }", "false"],
    ['{ objectName: "yes" }', "yes"],
    ["{ objectName: 012 }", "10"],
    ["{ objectName: 0x1F }", "31"],
    ["{ objectName: 1_000 }", "1000"],
    ["{ objectName: 1e6 }", "1e+06"],
    ["{ objectName: 1.50 }", "1.5"],
    ["{ objectName: 09 }", "9"],
    ["{ objectName: 3.14159265 }", "3.1415927"],
    ["{ objectName: 2020-01-01 }", "2020-01-01"],
    ["{ objectName: !!str 5 }", "5"],
    ["{ objectName: !!binary aGk= }", "hi"],
    ['{ objectName: !!bool "yes" }', "true"],
  ])("%s is %s", (text, expected) => {
    expect(fields(text, sigsYaml)).toEqual([expected]);
  });

  test.each([
    [123456789.5, "1.2345679e+08"],
    [999999.5, "999999.5"],
    [1234567, "1.234567e+06"],
    [1e-7, "1e-07"],
    [0.0001, "0.0001"],
    [3041961.134877056, "3.0419612e+06"],
    [1e40, "+Inf"],
    [-1e40, "-Inf"],
    [1e-50, "0"],
    [-0, "-0"],
    [100, "100"],
    [Number.NaN, "NaN"],
  ])("%d as a 32-bit float is %s", (value, expected) => {
    expect(goFloat32(value)).toBe(expected);
  });
});

describe("elements that are texts", () => {
  function elements(text: string, linesBefore = 0) {
    const issues = new Issues();
    const none = { problem: "it lists nothing", fix: "list something" };
    const found = readGoTexts(text, "array", { parameter: "objects", rules: yamlV3, linesBefore, none }, issues);
    return { found, problems: issues.sorted.map(({ problem }) => problem) };
  }

  test("a line of a block is a line of the parameter", () => {
    const { found } = elements('array:\n  - |\n    a: x\n    b: y\n  - >\n    c: z\n  -\n  - "d: w"\n', 2);
    expect(found?.map(({ text }) => text)).toEqual(["a: x\nb: y\n", "c: z\n", "d: w"]);
    expect(found?.map(({ locate }) => locate({ line: 2, column: 1 }).line)).toEqual([6, 7, 10]);
  });

  test.each([
    ["array: []", "it lists nothing"],
    ["~", "it lists nothing"],
    ["Array: [x]", "it lists nothing"],
    ["- x", "it is not a map"],
    ["array: x", "array is not a list"],
    ["array: [{ a: b }]", "an element is a map, not a text"],
  ])("%s: %s", (text, problem) => {
    expect(elements(text).problems).toEqual([problem]);
  });
});
