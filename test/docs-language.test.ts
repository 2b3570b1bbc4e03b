import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { kept, keptTags } from "../src/dialects/keyferry/templates/engine-filters.ts";
import { outputFormats } from "../src/dialects/keyferry/formats/index.ts";
import { bytesFilters, dataFilters, textFilters } from "../src/dialects/keyferry/templates/own-filters.ts";
import { Templates } from "../src/dialects/keyferry/templates/templates.ts";
import { parseTree } from "../src/text/tree.ts";
import { renderContext } from "./fakes/format-input.ts";
import { mountNative } from "./fakes/native-mount.ts";

const folder = new URL("../docs/language/", import.meta.url);
const pages = readdirSync(folder).sort();
const page = (name: string) => readFileSync(new URL(name, folder), "utf8");

/** The store of the guide. */
const stored = JSON.parse(/```json\n([^]*?)```/u.exec(page("guide.md"))?.[1] ?? "") as Readonly<Record<string, string>>;

/** Lists of objects that a listing of files follows. */
const examples = pages.flatMap((name) =>
  [...page(name).matchAll(/```yaml\n(- [^]*?)```\n\n```text\n([^]*?)```/gu)].map(
    ([, objects = "", files = ""], at) => ({
      name: `${name} #${at + 1}`,
      objects,
      files,
    }),
  ),
);

describe("examples of the guide", () => {
  test.each(examples)("$name", async ({ objects, files }) => {
    const made = (await mountNative(stored, objects)).files;
    const shown = Object.entries(made).map(([path, text]) => `==> ${path}\n${text}${text.endsWith("\n") ? "" : "\n"}`);
    expect(shown.join("")).toBe(files);
  });

  test("are there for every page, and no list of objects is without its files", () => {
    const lists = pages.flatMap((name) => [...page(name).matchAll(/```yaml\n- /gu)]);
    expect(examples).toHaveLength(lists.length);
    expect(new Set(examples.map(({ name }) => name.split(" ")[0]))).toEqual(new Set(pages));
  });
});

/** Rows of the table of filters; a bar inside code is escaped there. */
const rows = [...page("templates.md").matchAll(/^\| `([^`]+)` \| [^|]+ \| `([^`]+)` +\| `([^`]+)` +\|$/gmu)].map(
  ([, filter = "", example = "", gives = ""]) => ({
    filter: filter.split(":")[0] ?? "",
    example: example.replaceAll("\\|", "|"),
    gives,
  }),
);

describe("filters", () => {
  test.each(rows)("$example", async ({ example, gives }) => {
    const templates = new Templates();
    const parsed = templates.parse(example);
    if (!("text" in parsed)) throw new Error(parsed.problem);
    const db = parseTree(Buffer.from(stored["db"] ?? "")) ?? null;
    const block = (type: string) => `-----BEGIN ${type}-----\nYQ==\n-----END ${type}-----\n`;
    const pems = block("PRIVATE KEY") + block("CERTIFICATE");
    const values = { db, encoded: stored["encoded"] ?? "", two: "one\ntwo", pems };
    expect(await templates.render(parsed, values, renderContext())).toBe(gives);
  });

  test("are all documented, and no other", () => {
    const own = [...Object.keys(textFilters), ...Object.keys(bytesFilters), ...Object.keys(dataFilters(undefined))];
    expect(rows.map(({ filter }) => filter).sort()).toEqual([...own, "default"].sort());
    const listed = /Of LiquidJS's own filters there are: ([^]*?)\. Its tags: ([^]*?)\. There/u.exec(
      page("templates.md"),
    );
    const names = (text = "") => [...text.matchAll(/`([^`]+)`/gu)].map(([, name]) => name).sort();
    const others = Object.values(kept)
      .flat()
      .filter((name) => name !== "default");
    expect(names(listed?.[1])).toEqual(others.sort());
    expect(names(listed?.[2])).toEqual([...keptTags].sort());
  });
});

test("outputs are all documented", () => {
  const table = /\| output \|[^]*?\n\n/u.exec(page("outputs.md"))?.[0] ?? "";
  const first = table.split("\n").map((line) => line.split("|")[1] ?? "");
  const named = first.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/gu)].map(([, name]) => name));
  expect(named).toEqual(outputFormats.map(({ name }) => name));
});
