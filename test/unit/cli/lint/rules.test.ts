import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { ruleCatalogue } from "../../../../src/cli/lint/rules.ts";
import { everyDialect } from "../../../fakes/every-dialect.ts";
import { reasons } from "../../../../src/model/reasons.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../docs/reference/lint.md"), "utf8");

const ofDialects = (await everyDialect()).flatMap(({ advice }) => advice.rules);

describe("docs/reference/lint.md", () => {
  test("lists every rule that is no reason of a Mount, and no other", () => {
    const [, section = ""] = page.split("\n## Rules\n");
    const listed = section
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) =>
        line
          .split(/(?<!\\)\|/u)
          .slice(1, -1)
          .map((cell) => cell.trim().replaceAll("\\|", "|")),
      );
    const known = ruleCatalogue(ofDialects)
      .filter(({ id }) => !(id in reasons))
      .map(({ id, severity, summary, fix }) => [`\`${id}\``, severity, summary, fix]);
    expect(listed).toEqual(known);
  });

  test("ids of rules are unique", () => {
    const ids = ruleCatalogue(ofDialects).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
