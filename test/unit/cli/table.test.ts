import { describe, expect, test } from "@jest/globals";
import { formatTable } from "../../../src/cli/table.ts";

const plain = { terminal: false, columns: 20, color: false };

describe("formatTable", () => {
  test("aligns columns and leaves no blanks at the ends", () => {
    expect(formatTable(["PATH", "N"], [["a", "1"], ["longer", "22"], ["x"]], plain)).toBe(
      ["PATH    N", "a       1", "longer  22", "x", ""].join("\n"),
    );
  });

  test("counts characters, not code units", () => {
    expect(formatTable(["A", "B"], [["😀ü", "1"]], plain)).toBe("A   B\n😀ü  1\n");
  });

  test("a heading alone", () => {
    expect(formatTable(["A", "B"], [], plain)).toBe("A  B\n");
  });

  test.each([
    { is: "not cut off a terminal", settings: plain, line: "x".repeat(30) + "  abcdef" },
    {
      is: "cut to the terminal's width, the widest first",
      settings: { ...plain, terminal: true },
      line: "x".repeat(11) + "…  abcdef",
    },
    { is: "cut no narrower than can be read", settings: { ...plain, terminal: true, columns: 3 }, line: "xxx…  abc…" },
    {
      is: "left whole where there is room",
      settings: { ...plain, terminal: true, columns: 38 },
      line: "x".repeat(30) + "  abcdef",
    },
  ])("is $is", ({ settings, line }) => {
    expect(formatTable(["A", "B"], [["x".repeat(30), "abcdef"]], settings).split("\n")[1]).toBe(line);
  });

  test("has a bold heading where there is colour, and no escape elsewhere", () => {
    expect(formatTable(["A"], [["1"]], { ...plain, color: true })).toBe("\u001b[1mA\u001b[22m\n1\n");
    expect(formatTable(["A"], [["1"]], { ...plain, terminal: true })).toBe("A\n1\n");
  });

  test("shows what could steer a terminal", () => {
    const row = ["a\nb\u001b[31m\u009b\u202e"];
    expect(formatTable(["A"], [row], plain)).toBe("A\na\\nb\\x1b[31m\\x9b\\u{202e}\n");
  });
});
