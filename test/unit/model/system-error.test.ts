import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { codeProblem, systemCode, systemProblem } from "../../../src/model/system-error.ts";

describe("systemProblem", () => {
  test("says what a code means", async () => {
    const error: unknown = await readFile("/nowhere/x").catch((thrown: unknown) => thrown);
    expect([systemCode(error), systemProblem(error)]).toEqual(["ENOENT", "there is nothing at this path"]);
  });

  test.each([
    ["ECONNREFUSED", "nothing listens there"],
    ["ENAMETOOLONG", "name too long"],
    ["EMFILE", "too many open files"],
    ["E_NEW_TO_US", "an unknown error"],
    ["", "an unknown error"],
  ])("%s: %s", (code, problem) => expect(codeProblem(code)).toBe(problem));

  test.each([null, "ENOENT", { code: 7 }, new Error("ENOENT")])("%j has no code", (thrown) => {
    expect(systemProblem(thrown)).toBe("an unknown error");
  });
});

describe("texts for people", () => {
  const src = join(import.meta.dirname, "../../../src");
  // The harness of `conform` speaks of codes of gRPC only.
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && !name.startsWith("conformance/"),
  );

  /** A code of Node.js or of a parser that is put into a text as it is. */
  const raw = /\$\{(?:[^}]*\.code \?\? [^}]*|[^}]*\.errno[^}]*|(?:broken|problem|warning)\.code|errorCode\([^}]*)\}/u;

  test("the form finds what it is for", () => {
    expect("`cannot be read: ${error.code ?? error.name}`").toMatch(raw);
    expect("`not valid YAML: ${broken.code}`").toMatch(raw);
  });

  test("hold no raw code of an error", () => {
    const found = files.filter((name) => raw.test(readFileSync(join(src, name), "utf8")));
    expect(found).toEqual([]);
  });
});
