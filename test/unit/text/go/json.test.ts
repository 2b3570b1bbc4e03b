import { describe, expect, test } from "@jest/globals";
import { goFloat, goJson, GoNumber, parseGoJson, type GoJson } from "../../../../src/text/go/json.ts";

describe("what encoding/json writes", () => {
  test.each([
    ["null", "null"],
    ["[ 1 , 2 ]", "[1,2]"],
    [`{"b":1,"a":2}`, `{"a":2,"b":1}`],
    [`{"a":1,"a":2}`, `{"a":2}`],
    [`{"":3,"😀":2,"￮":1,"é":0}`, `{"":3,"é":0,"￮":1,"😀":2}`],
    ["[1.50,1E3,-0,12345678901234567890,1e999]", "[1.50,1E3,-0,12345678901234567890,1e999]"],
    [String.raw`"<a&b>\u2028\u2029\u00e9"`, String.raw`"\u003ca\u0026b\u003e\u2028\u2029é"`],
    [String.raw`"\u0001\b\f\n\r\t\u007f\/\"\\"`, '"\\u0001\\b\\f\\n\\r\\t\u007f/\\"\\\\"'],
    [String.raw`"\ud800x"`, '"\ufffdx"'],
    [String.raw`{"\udc00":1}`, '{"\ufffd":1}'],
    [`{"__proto__":{"constructor":1},"2":1,"10":2}`, `{"10":2,"2":1,"__proto__":{"constructor":1}}`],
    ["{}", "{}"],
  ])("%j", (text, expected) => {
    expect(goJson(parseGoJson(text))).toBe(expected);
  });

  test.each([
    [-0, "-0"],
    [1e21, "1e+21"],
    [1e20, "100000000000000000000"],
    [1e-7, "1e-7"],
    [0.000001, "0.000001"],
    [2.5, "2.5"],
  ])("a float64 %d", (value, expected) => {
    expect(goJson(goFloat(value))).toBe(expected);
  });
});

describe("what is read", () => {
  test.each(["", " ", "nul", "{'a':1}", "[1,]", "01", "\ufeff1", "NaN", '"\u0001"', "{} {}", "[1] x"])(
    "%j is refused",
    (text) => {
      expect(() => parseGoJson(text)).toThrow(SyntaxError);
    },
  );

  test.each([
    [`{"a":"}\\"]"} trailing {`, `{"a":"}\\"]"}`],
    [` \n[1,{"a":[2]}]]]`, `[1,{"a":[2]}]`],
    [`{"a":1}`, `{"a":1}`],
  ])("%j as a stream gives its first value", (text, expected) => {
    expect(goJson(parseGoJson(text, "ignored"))).toBe(expected);
  });

  test.each(["{", '{"a":"', "", "x{}", "}"])("%j as a stream is refused", (text) => {
    expect(() => parseGoJson(text, "ignored")).toThrow(SyntaxError);
  });

  test("objects are maps, numbers keep their digits", () => {
    const value = parseGoJson(`{"a":[1.10]}`);
    const inner: GoJson = [new GoNumber("1.10")];
    expect(value).toEqual(new Map([["a", inner]]));
  });
});

describe("what takes long to read", () => {
  test("stops at its hundred thousandth value", () => {
    const text = `{"data":[${"0,".repeat(4 << 20)}0]}`;
    const began = performance.now();
    expect(() => parseGoJson(text, "ignored")).toThrow(expect.objectContaining({ reason: "budget_exceeded" }));
    expect(performance.now() - began).toBeLessThan(1000);
  });

  test.each(["[".repeat(3000), `${"[".repeat(3000)}${"]".repeat(3000)}`, '{"a":'.repeat(3000)])(
    "nesting is bounded",
    (text) => {
      expect(() => parseGoJson(text)).toThrow(SyntaxError);
    },
  );
});
