import { describe, expect, test } from "@jest/globals";
import { emitIni, parseIni } from "../../../../src/stores/sops/formats/ini.ts";
import { treeOf } from "../../../../src/stores/sops/tree.ts";

function through(text: string): string {
  return Buffer.from(emitIni(parseIni(text).documents)).toString("utf8");
}

describe("ini as sops writes it", () => {
  test.each([
    ["keys before any section", "a = 1\nlong = 2\n[sec]\nb=3\n", "a    = 1\nlong = 2\n\n[sec]\nb = 3\n"],
    ["a written first section", "[DEFAULT]\na = 1\n", "[DEFAULT]\na = 1\n"],
    ["quotes inside a value", 'a = "x" and "y"\n', 'a = "x" and "y"\n'],
    ["quotes around a value", "[s]\na = \"x\"\nb = ' y '\n", '[s]\na = x\nb = " y "\n'],
    ["a section that repeats", "[s]\na = 1\n[s]\na = 2\n", "[s]\na = 1\n\n[s]\na = 2\n"],
    ["a key that repeats", "[s]\na = 1\nb = 2\na = 3\n", "[s]\na = 3\nb = 2\n"],
    ["comments behind values", "[s]\na = 1 # c\nb = 2;c\nc = `3;#`\n", "[s]\na = 1\nb = 2\nc = `3;#`\n"],
    ["several lines", '[s]\na = """x\ny"""\nb = x\\\n  y\n', '[s]\na = """x\ny"""\nb = xy\n'],
    ["odd keys", '[s]\n`a=b` = 1\n"""c`d""" = 2\n', '[s]\n`a=b`     = 1\n"""c`d""" = 2\n'],
    ["an empty value", "[s]\na =\n", "[s]\na = \n"],
  ])("%s", (_, text, expected) => {
    expect(through(text)).toBe(expected);
  });

  test("of two sections of one name a value comes out of the first", () => {
    expect(treeOf(parseIni("[s]\na = 1\n[s]\na = 2\nb = 3\n").documents)).toEqual({ s: { a: "1" } });
  });
});
