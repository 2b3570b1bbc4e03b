import { describe, expect, test } from "@jest/globals";
import { resolvePlain } from "../../../../src/stores/sops/scalar.ts";
import { canonicalTime, wholeSeconds } from "../../../../src/stores/sops/time.ts";
import { floatText } from "../../../../src/stores/sops/value-bytes.ts";

describe("plain YAML scalars mean what they mean to the writer", () => {
  test.each<[string, string, unknown]>([
    ["", "null", undefined],
    ["~", "null", undefined],
    ["NULL", "null", undefined],
    ["nULL", "text", undefined],
    ["TRUE", "bool", true],
    ["yes", "text", undefined],
    ["off", "text", undefined],
    ["0777", "int", 511n],
    ["-0777", "int", -511n],
    ["089", "float", 89],
    ["0x1F", "int", 31n],
    ["0b101", "int", 5n],
    ["0o17", "int", 15n],
    ["1_000", "int", 1000n],
    ["+12", "int", 12n],
    ["9223372036854775807", "int", 9223372036854775807n],
    ["-9223372036854775808", "int", -9223372036854775808n],
    ["18446744073709551616", "float", 18446744073709552000],
    ["1e3", "float", 1000],
    ["1.50", "float", 1.5],
    [".5", "float", 0.5],
    ["5.", "float", 5],
    [".", "text", undefined],
    ["-", "text", undefined],
    ["1:30", "text", undefined],
    ["1.2.3", "text", undefined],
    ["1e400", "text", undefined],
    [".inf", "float", Infinity],
    ["-.INF", "float", -Infinity],
    [".nan", "float", NaN],
    ["2024-13-01", "text", undefined],
    ["2024-02-30", "text", undefined],
    ["123456789-01-01", "text", undefined],
  ])("%j is %s", (text, kind, value) => {
    expect({ value: undefined, ...resolvePlain(text) }).toMatchObject({ kind, value });
  });

  test.each([
    ["2024-2-9", "2024-02-09T00:00:00Z"],
    ["2024-02-29t1:2:3.70+02:00", "2024-02-29T01:02:03.7+02:00"],
    ["2024-02-29 01:02:03", "2024-02-29T01:02:03Z"],
  ])("%s is a time", (text, time) => {
    expect(resolvePlain(text)).toEqual({ kind: "time", text: time });
  });

  test.each(["9223372036854775808", "18446744073709551615", "0xffffffffffffffff"])("%s is refused", (text) => {
    expect(() => resolvePlain(text)).toThrow("past 64 bit");
  });
});

test.each([
  [5, "5"],
  [1e21, "1000000000000000000000"],
  [1e-7, "0.0000001"],
  [1.5e300, `15${"0".repeat(299)}`],
  [5e-324, `0.${"0".repeat(323)}5`],
  [-0, "-0"],
  [-1.25, "-1.25"],
  [123.456, "123.456"],
  [NaN, "NaN"],
  [Infinity, "+Inf"],
  [-Infinity, "-Inf"],
])("the float %p is written %s", (value, text) => {
  expect(floatText(value)).toBe(text);
});

test.each([
  ["2025-03-01T10:20:30+00:00", "2025-03-01T10:20:30Z"],
  ["2025-03-01T10:20:30.5+02:00", "2025-03-01T10:20:30+02:00"],
  ["2025-03-01T10:20:30", undefined],
  ["2025-03-01 10:20:30Z", undefined],
  ["2025-03-01T24:20:30Z", undefined],
  ["2025-03-01T10:20:30Z\r", undefined],
  ["2025-03-01T10:20:30+99:00", undefined],
])("%s to whole seconds is %s", (text, whole) => {
  expect(wholeSeconds(text)).toBe(whole);
});

test("a fraction loses its trailing zeros", () => {
  expect(canonicalTime("2025-03-01T10:20:30.1200Z")).toBe("2025-03-01T10:20:30.12Z");
});
