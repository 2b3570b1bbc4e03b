import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, jest, test } from "@jest/globals";
import { builtIn } from "../src/wiring/plugins.ts";
import { programSettings } from "../src/wiring/settings/all.ts";
import { createKeyferryDialect, ownParameters } from "../src/dialects/keyferry/index.ts";
import { connectedStores } from "./fakes/connected.ts";
import { defaultFileMode } from "../src/model/file.ts";
import { reasons } from "../src/model/reasons.ts";
import { Issues } from "../src/text/issues.ts";
import { Reader } from "../src/text/yaml/reader.ts";
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

describe("docs/operate/troubleshoot.md", () => {
  test("has a paragraph for every reason, in their order, and for no other", () => {
    const page = readFileSync(join(reference, "..", "operate", "troubleshoot.md"), "utf8");
    const [, section = ""] = page.split("\n## Reasons\n");
    const paragraphs = [...section.matchAll(/^### (\w+)\n\n(\S.*)$/gm)].map(([, name = ""]) => name);
    expect(paragraphs).toEqual(Object.keys(reasons));
  });
});

describe("docs/reference/options.md", () => {
  test("lists every setting of the daemon with its variable, key and default, and no other", () => {
    const flags = rows("options.md").filter(([first = ""]) => first.startsWith("`--"));
    const listed = flags.map(([flag, variable, key, fallback]) => [flag, variable, key, fallback]);
    const settings = programSettings(builtIn).all.filter(({ flag }) => flag !== undefined);
    const known = settings.map((setting) => [
      `\`--${setting.flag ?? ""} ${setting.value}\``,
      `\`${setting.env}\``,
      setting.key === undefined ? "–" : `\`${setting.key}\``,
      setting.defaultText === undefined ? "–" : `\`${setting.defaultText}\``,
    ]);
    expect(listed).toEqual(known);
  });
});

describe("docs/reference/parameters.md", () => {
  const sections = readFileSync(join(reference, "parameters.md"), "utf8").split(/^## /m);
  const documented = (heading: string) =>
    [...(sections.find((text) => text.startsWith(heading)) ?? "").matchAll(/^\| `([^`]+)` \|/gm)].map(
      ([, name]) => name,
    );

  /** What the readers of the language and of every store ask an entry for. */
  const whole = "store: a, objectName: x, fallback: [{}], output: pkcs12, outputOptions: {}";
  const entries = `[{ ${whole} }, { extract: { rewrite: [{}] }, objectName: y }, { find: {} }, { from: [] }, { template: x }, { templateFrom: x }]`;

  function askedFor(item: "object" | "store"): ReadonlySet<string> {
    const finish = jest.spyOn(Reader.prototype, "finish");
    for (const store of connectedStores().stores) {
      const stores = `[{ name: a, kind: ${store.kind} }]`;
      const parameters = new Map(Object.entries({ stores, objects: entries, x: "" }));
      const dialect = createKeyferryDialect({ stores: [store], operatorStores: [] });
      dialect.parse({ parameters, defaultMode: defaultFileMode }, new Issues());
    }
    const readers = (finish.mock.contexts as Reader[]).filter((reader) => (reader.place.item ?? "object") === item);
    finish.mockRestore();
    return new Set(readers.flatMap((reader) => reader.asked));
  }

  test("lists every parameter of the language, and no other", () => {
    expect(documented("# Parameters")).toEqual(ownParameters);
  });

  test("lists every field of a store and of an object, and no other", () => {
    const under = (start: string) =>
      sections.filter((text) => text.startsWith(start)).flatMap((text) => documented(text.split("\n", 1)[0] ?? ""));
    const ofStores = under("Fields of the");
    const ofEntries = [...documented("A store"), ...under("Entry of the")];
    expect([...askedFor("store")].sort()).toEqual([...new Set(ofEntries)].sort());
    expect([...askedFor("object")].sort()).toEqual([...new Set([...documented("An object"), ...ofStores])].sort());
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
