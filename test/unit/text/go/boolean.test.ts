import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
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

test("is the one list of them", () => {
  const src = fileURLToPath(new URL("../../../../src/", import.meta.url));
  const listing = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && /"t",\s*"T"/u.test(readFileSync(`${src}${file}`, "utf8")),
  );
  expect(listing).toEqual(["text/go/boolean.ts"]);
});
