import { describe, expect, test } from "@jest/globals";
import { yamlCostProblem } from "../../../../src/text/yaml/check-cost.ts";
import { readYaml } from "../../../../src/text/yaml/yaml.ts";

const mebibyte = 1 << 20;

describe("a text that would hold the thread is refused before it is parsed", () => {
  test.each([
    ["a million commas", `[${",".repeat(mebibyte)}`],
    ["a mebibyte of list entries", "- {objectName: db}\n".repeat(mebibyte / 19)],
    ["a mebibyte of bad tags", "!< ".repeat(mebibyte / 3)],
    ["brackets without end", "[".repeat(mebibyte)],
    ["dashes without end", "- ".repeat(mebibyte / 2)],
  ])("%s", (_, text) => {
    expect(yamlCostProblem(text)).toMatch(/too many|deeper/);
    expect(readYaml(text).problems).toHaveLength(1);
  });

  test.each([
    ["one long comment", `- objectName: db\n#${"x".repeat(mebibyte)}\n`],
    ["one long text", `a: ${"x".repeat(mebibyte)}\n`],
    ["one long block", `a: |\n${"  line of text\n".repeat(mebibyte / 15)}`],
    ["a thousand objects", "- {objectName: db, objectAlias: a, jmesPath: b}\n".repeat(1000)],
  ])("but not %s", (_, text) => {
    expect(readYaml(text).problems).toEqual([]);
  });
});
