import { expect, test } from "@jest/globals";
import { goBooleans, parseGoBoolean } from "../../../../src/text/go/boolean.ts";

test("is what strconv.ParseBool takes, and nothing else", () => {
  expect(goBooleans.filter((text) => parseGoBoolean(text) === true)).toEqual(["1", "t", "T", "TRUE", "true", "True"]);
  expect(goBooleans.filter((text) => parseGoBoolean(text) === false)).toEqual([
    "0",
    "f",
    "F",
    "FALSE",
    "false",
    "False",
  ]);
  for (const text of ["", "yes", "no", "on", "tRUE", " true", "2", "toString"]) {
    expect(parseGoBoolean(text)).toBeUndefined();
  }
});
