import { describe, expect, test } from "@jest/globals";
import { encodedSize } from "../../../src/driver/rules.ts";
import { findPathConflicts } from "../../../src/model/path-conflicts.ts";
import { defaultFileMode, type ObjectPath } from "../../../src/model/file.ts";
import { Secret } from "../../../src/model/secret.ts";

describe("findPathConflicts", () => {
  test.each([
    { is: "nothing", paths: [], conflicts: [] },
    { is: "distinct paths", paths: ["a", "b/c", "b/d"], conflicts: [] },
    { is: "names that only begin alike", paths: ["a", "ab/c", "a.b"], conflicts: [] },
    { is: "names of Object's own fields", paths: ["constructor", "__proto__/x", "toString"], conflicts: [] },
    { is: "one path twice", paths: ["a", "b", "a"], conflicts: [{ first: 0, second: 2, kind: "same" }] },
    { is: "a file before its folder", paths: ["a", "a/b"], conflicts: [{ first: 0, second: 1, kind: "prefix" }] },
    { is: "a folder before its file", paths: ["a/b/c", "a"], conflicts: [{ first: 0, second: 1, kind: "prefix" }] },
    {
      is: "both at once, in order of the later one",
      paths: ["a/b", "c", "c", "a", "a/b/d"],
      conflicts: [
        { first: 1, second: 2, kind: "same" },
        { first: 0, second: 3, kind: "prefix" },
        { first: 0, second: 4, kind: "prefix" },
      ],
    },
  ])("$is", ({ paths, conflicts }) => {
    expect(findPathConflicts(paths)).toEqual(conflicts);
  });

  test("takes thousands of equal, deep and wide paths", () => {
    const equal = Array.from({ length: 20_000 }, () => "same");
    expect(findPathConflicts(equal)).toHaveLength(19_999);
    const deep = Array.from({ length: 300 }, (_, depth) => "d/".repeat(depth) + "d");
    expect(findPathConflicts(deep)).toHaveLength(299);
    expect(findPathConflicts(Array.from({ length: 20_000 }, (_, index) => `dir/${index}`))).toEqual([]);
  });
});

describe("encodedSize", () => {
  const path = "db" as ObjectPath;
  const mode = defaultFileMode;

  test("an empty answer has no byte", () => {
    expect(encodedSize({ files: [], versions: [] })).toBe(0);
  });

  test("counts tags, lengths, and what they hold", () => {
    // file: path 2+2, mode 1+2, contents 2+6, around it 2; version: id 2+2, version 2+1, around it 2
    const content = Secret.fromText("s3cret");
    expect(encodedSize({ files: [{ path, mode, content }], versions: [{ id: "db", version: "7" }] })).toBe(17 + 9);
  });
});
