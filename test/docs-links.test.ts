import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const skipped = /^(?:node_modules|build|build-tools|dist|coverage|scripts\/node|test\/vectors)(?:\/|$)/;

function markdownUnder(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (skipped.test(path) || entry.name === ".git" || entry.isSymbolicLink()) return [];
    if (entry.isDirectory()) return markdownUnder(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

const pages = markdownUnder(".");

/** Without what only shows code. */
const proseOf = (page: string) =>
  readFileSync(join(root, page), "utf8")
    .replace(/^( *)```[\s\S]*?^\1```$/gm, "")
    .replace(/`[^`\n]*`/g, "");

/** As GitHub makes them of headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const text = readFileSync(join(root, page), "utf8").replace(/^( *)```[\s\S]*?^\1```$/gm, "");
  return new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replace(/\s/g, "-"),
    ),
  );
}

const links = pages.flatMap((page) =>
  [...proseOf(page).matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = ""]) => ({ page, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target)),
);

describe("links", () => {
  test("are found", () => {
    expect(links.length).toBeGreaterThan(100);
  });

  test.each(links)("$page: $target leads somewhere", ({ page, target }) => {
    const [path = "", anchor] = target.split("#", 2);
    const file = path === "" ? join(root, page) : resolve(root, dirname(page), path);
    expect(existsSync(file)).toBe(true);
    if (anchor === undefined || statSync(file).isDirectory()) return;
    expect([...anchorsOf(relative(root, file))]).toContain(anchor);
  });

  test("lead from docs/index.md to every page", () => {
    const listed = new Set(
      links.filter(({ page }) => page === join("docs", "index.md")).map(({ target }) => join("docs", target)),
    );
    const all = pages.filter((page) => page.startsWith("docs") && page !== join("docs", "index.md"));
    expect(all.filter((page) => !listed.has(page))).toEqual([]);
  });
});
