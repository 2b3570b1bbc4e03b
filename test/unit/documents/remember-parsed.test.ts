import { expect, test } from "@jest/globals";
import { rememberParsed } from "../../../src/documents/remember-parsed.ts";

function counting() {
  const asked: string[] = [];
  const parse = rememberParsed((text) => {
    asked.push(text.slice(0, 3));
    if (text.startsWith("bad")) throw new TypeError(text);
    return { text };
  });
  return { asked, parse };
}

test("a text is parsed once while work goes on, whether it fails or not", () => {
  const { asked, parse } = counting();
  expect(parse("a")).toBe(parse("a"));
  expect(() => parse("bad")).toThrow(TypeError);
  expect(() => parse("bad")).toThrow("bad");
  expect(asked).toEqual(["a", "bad"]);
});

test("more than two million characters are not known at once", () => {
  const { asked, parse } = counting();
  const long = (letter: string) => letter.repeat(900_000);
  for (const letter of ["x", "y", "z", "x", "z"]) parse(long(letter));
  expect(asked).toEqual(["xxx", "yyy", "zzz", "xxx"]);
});
