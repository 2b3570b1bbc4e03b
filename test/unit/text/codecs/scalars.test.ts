import { describe, expect, test } from "@jest/globals";
import { parseDuration } from "../../../../src/text/codecs/duration.ts";
import { decode } from "../../../../src/text/codecs/encoding.ts";
import { nearest } from "../../../../src/text/nearest.ts";
import { parseOctalMode } from "../../../../src/text/codecs/octal.ts";

describe("parseOctalMode", () => {
  test.each([
    ["0400", 256],
    ["400", 256],
    ["0o400", 256],
    ["0o644", 420],
    ["0777", 511],
    ["0000", 0],
  ])("%s is %i", (text, bits) => {
    expect(parseOctalMode(text)).toBe(bits);
  });

  test.each(["1000", "01000", "-1", "0888", "rw", "", "0", "000", "44", "0x1ff", " 0400", "0400\n", "4e2", "420.0"])(
    "%j is refused",
    (text) => {
      expect(parseOctalMode(text)).toBeUndefined();
    },
  );
});

describe("nearest", () => {
  const known = ["objectName", "objectAlias", "jmesPath", "store", "filePermission", "vault"];

  test.each([
    ["objectname", "objectName"],
    ["jmespath", "jmesPath"],
    ["object_alias", "objectAlias"],
    ["filePermissions", "filePermission"],
    ["vualt", undefined],
    ["volt", undefined],
    ["vaul", "vault"],
    ["zzz", undefined],
    ["x".repeat(1000), undefined],
  ])("%s → %s", (name, expected) => {
    expect(nearest(name, known)).toBe(expected);
  });
});

describe("parseDuration", () => {
  test.each([
    ["90s", 90_000],
    ["2m", 120_000],
    ["1h30m", 5_400_000],
    ["500ms", 500],
    ["0", 0],
    ["0s", 0],
    ["1m500ms", 60_500],
  ])("%s", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  test.each(["", "90", "-1s", "1.5s", "30m1h", "1s ", "s", "99999h", "1d"])("%j is refused", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe("decode", () => {
  test.each([
    { encoding: "utf-8", text: " a\n", hex: "20610a" },
    { encoding: "base64", text: "AP8KgA==", hex: "00ff0a80" },
    { encoding: "base64", text: "\n AP8K\ngA==\n", hex: "00ff0a80" },
    { encoding: "base64", text: "", hex: "" },
    { encoding: "hex", text: "00FF0a80\n", hex: "00ff0a80" },
  ] as const)("$encoding of $text", ({ encoding, text, hex }) => {
    expect(decode(Buffer.from(text), encoding)).toMatchObject({ kind: "decoded" });
    expect(Buffer.from((decode(Buffer.from(text), encoding) as { bytes: Uint8Array }).bytes).toString("hex")).toBe(hex);
  });

  test.each([
    { encoding: "base64", text: "AP8KgA" },
    { encoding: "base64", text: "AP_-" },
    { encoding: "base64", text: "A===" },
    { encoding: "base64", text: "AB==" },
    { encoding: "base64", text: "c3 NrZXQ" },
    { encoding: "hex", text: "abc" },
    { encoding: "hex", text: "zz" },
    { encoding: "hex", text: "0x00" },
  ] as const)("$encoding refuses $text without showing it", ({ encoding, text }) => {
    const decoded = decode(Buffer.from(text), encoding);
    expect(decoded.kind).toBe("refused");
    expect(JSON.stringify(decoded)).not.toContain(text);
  });
});
