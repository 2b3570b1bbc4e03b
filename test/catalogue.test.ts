import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { serveSettings, variableOf, type Setting } from "../src/cli/options.ts";
import { reasons } from "../src/model/reasons.ts";
import { metricCatalogue } from "../src/observe/metric-catalogue.ts";

const reference = join(dirname(fileURLToPath(import.meta.url)), "..", "docs", "reference");

/** The rows of all tables of a page, as lists of cells. */
function rows(page: string): readonly (readonly string[])[] {
  return readFileSync(join(reference, page), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .replace(/^\|\s*|\s*\|$/g, "")
        .split(/\s+\|\s+/)
        .map((cell) => cell.trim()),
    );
}

describe("docs/reference/errors.md", () => {
  test("lists every reason with its code and how to solve it, and no other", () => {
    const listed = rows("errors.md").map(([reason, code, fix]) => [reason, code, fix]);
    const known = Object.entries(reasons).map(([reason, { code, fix }]) => [`\`${reason}\``, codeName(code), fix]);
    expect(listed).toEqual(known);
  });
});

describe("docs/reference/options.md", () => {
  test("lists every setting of the daemon with its variable, key and default, and no other", () => {
    const listed = rows("options.md").map(([flag, variable, key, fallback]) => [flag, variable, key, fallback]);
    const known = (serveSettings as readonly Setting[]).map((setting) => [
      `\`--${setting.flag} ${setting.value}\``,
      `\`${variableOf(setting)}\``,
      setting.key === undefined ? "–" : `\`${setting.key}\``,
      setting.fallback === undefined ? "–" : `\`${setting.fallback}\``,
    ]);
    expect(listed).toEqual(known);
  });
});

describe("docs/reference/metrics.md", () => {
  test("lists every metric with its type, labels and help, and no other", () => {
    const known = Object.entries(metricCatalogue).map(([name, { type, labels, help }]) => [
      `\`${name}\``,
      type,
      labels.length === 0 ? "–" : labels.map((label) => `\`${label}\``).join(", "),
      help,
    ]);
    expect(rows("metrics.md")).toEqual(known);
  });
});

function codeName(code: number): string {
  const names: Readonly<Record<number, string>> = {
    2: "UNKNOWN",
    3: "INVALID_ARGUMENT",
    5: "NOT_FOUND",
    7: "PERMISSION_DENIED",
    9: "FAILED_PRECONDITION",
    13: "INTERNAL",
    16: "UNAUTHENTICATED",
  };
  return `${names[code] ?? "?"} (${code})`;
}
