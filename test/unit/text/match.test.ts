import { describe, expect, test } from "@jest/globals";
import { isShort, matchAll } from "../../../src/text/match.ts";

describe("matching", () => {
  test("is anywhere in the text, in RE2's syntax", async () => {
    const texts = ["password", "PASSWORD", "dbPassword2", ""];
    expect([...(await matchAll({ pattern: "(?i)^pass", texts }))]).toEqual([1, 1, 0, 0]);
  });

  test("refuses what is no pattern", async () => {
    await expect(matchAll({ pattern: "(?=x)", texts: [] })).rejects.toMatchObject({ reason: "parameter_invalid" });
  });

  test.each([
    ["^(data|stringData)$", 300, true],
    ["(?:x?){999}", 1, false],
    ["\\pL+", 1, false],
    ["(?i)secret", 1, false],
    ["a".repeat(201), 1, false],
    ["^(data|stringData)$", 30_000, false],
  ])("%s on %d keys is short: %s", (pattern, count, expected) => {
    expect(isShort({ pattern, texts: Array.from({ length: count }, (_, at) => `key${at}`) })).toBe(expected);
  });

  test.each(["((a|b)*c|a*)*x", `${"a?".repeat(30)}${"a".repeat(30)}z`, `(${"(a|aa)*".repeat(20)})*z`])(
    "what is called short is short: %s",
    async (pattern) => {
      const texts = ["a".repeat(Math.floor(1_000_000 / (pattern.length + 2)) - 1)];
      expect(isShort({ pattern, texts })).toBe(true);
      const began = performance.now();
      await matchAll({ pattern, texts });
      expect(performance.now() - began).toBeLessThan(500);
    },
  );
});
