import { describe, expect, test } from "@jest/globals";
import { goJson } from "../../../src/driver/go-json.ts";

describe("goJson", () => {
  test.each([
    ["plain", '"plain"'],
    ['q"\\', '"q\\"\\\\"'],
    ["<a href>&", '"\\u003ca href\\u003e\\u0026"'],
    ["\u2028\u2029", '"\\u2028\\u2029"'],
    ["\n\r\t\u0000\u001f\u007f", '"\\n\\r\\t\\u0000\\u001f\u007f"'],
    ["ü😀", '"ü😀"'],
    ["half \ud83d", '"half \ufffd"'],
  ])("%j", (text, json) => {
    expect(goJson(text)).toBe(json);
  });

  test("orders keys by their UTF-8 bytes, not by UTF-16", () => {
    const map = new Map(["😀", "\uff5e", "b", "B", "", "a/"].map((name) => [name, "1"]));
    expect(goJson(map)).toBe('{"":"1","B":"1","a/":"1","b":"1","\uff5e":"1","😀":"1"}');
  });

  test("an empty map", () => {
    expect(goJson(new Map())).toBe("{}");
  });
});
