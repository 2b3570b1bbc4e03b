import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

/** Which ring may import which; types count. Each may import itself. `wiring` may import all but `cli`. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  wire: [],
  text: ["model"],
  observe: ["model"],
  driver: ["model", "wire"],
  http: ["model"],
  compute: ["model"],
  kube: ["model", "text", "http"],
  config: ["model", "text"],
  documents: ["model"],
  fetch: ["model"],
  identity: ["model", "http", "kube"],
  keys: ["model", "text", "http", "identity", "compute"],
  dialects: ["model", "text"],
  stores: ["model", "text", "documents", "http", "kube", "identity", "keys", "compute"],
  mount: ["model", "text", "fetch", "driver", "observe", "compute"],
  conformance: ["model", "driver", "wire"],
  serve: ["model", "observe", "wire"],
};

const src = join(dirname(fileURLToPath(import.meta.url)), "..", "src");
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

interface Import {
  readonly from: string;
  readonly to: string;
}

function specifiers(file: string): readonly string[] {
  const text = readFileSync(join(src, file), "utf8");
  return [...text.matchAll(/(?:^|[;\n])\s*(?:import|export)[^"';]*?from\s+"([^"]+)"|import\("([^"]+)"\)/g)].map(
    (match) => match[1] ?? match[2] ?? "",
  );
}

const imports: readonly Import[] = files.flatMap((from) =>
  specifiers(from)
    .filter((name) => name.startsWith("."))
    .map((name) => ({ from, to: relative(src, normalize(join(src, dirname(from), name))) })),
);

/** `stores/vault` for a store's own folder, else the first folder; `""` for src itself. */
function ring(file: string): string {
  const [first = "", second = ""] = file.split("/");
  if (!file.includes("/")) return "";
  const plugged = ["stores", "dialects"].includes(first) && file.split("/").length > 2;
  return plugged ? `${first}/${second}` : first;
}

describe("imports", () => {
  test("every folder of src has a row in the table", () => {
    const folders = new Set(files.map((file) => ring(file).split("/")[0] ?? ""));
    folders.delete("");
    folders.delete("cli");
    folders.delete("wiring");
    expect([...folders].filter((folder) => mayImport[folder] === undefined)).toEqual([]);
  });

  const ringOf = (file: string) => ring(file).split("/")[0] ?? "";

  test("point one way", () => {
    const wrong = imports.filter(({ from, to }) => {
      const [importer, imported] = [ring(from), ring(to)];
      if (importer === imported || ["cli", ""].includes(importer)) return false;
      if (importer === "wiring") return imported === "cli";
      if (from === "stores/index.ts") return false;
      // What a store is made of, for the stores themselves.
      if (to === "stores/plugin.ts") return !importer.startsWith("stores/");
      return !(mayImport[importer.split("/")[0] ?? ""] ?? []).includes(imported);
    });
    expect(wrong).toEqual([]);
  });

  test("use every permission of the table", () => {
    const used = new Set(imports.map(({ from, to }) => `${ringOf(from)} ${ringOf(to)}`));
    const unused = Object.entries(mayImport).flatMap(([from, allowed]) =>
      allowed.map((to) => `${from} ${to}`).filter((pair) => !used.has(pair)),
    );
    expect(unused).toEqual([]);
  });

  test("make no cycle", () => {
    const targets = Map.groupBy(imports, ({ from }) => from);
    const state = new Map<string, "open" | "done">();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === "open") cycles.push([...path.slice(path.indexOf(file)), file].join(" > "));
      if (state.has(file)) return;
      state.set(file, "open");
      for (const { to } of targets.get(file) ?? []) visit(to, [...path, file]);
      state.set(file, "done");
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  test("name a store's folder in stores/index.ts and that store only", () => {
    const naming = imports.filter(({ from, to }) => ring(to).startsWith("stores/") && ring(from) !== ring(to));
    expect(naming.filter(({ from }) => from !== "stores/index.ts" && !/^(?:cli|wiring)\//.test(from))).toEqual([]);
  });

  test("go to a store's own doors from outside its folder", () => {
    const deep = imports.filter(
      ({ from, to }) =>
        ring(to).startsWith("stores/") && ring(from) !== ring(to) && !/\/(index|settings|store)\.ts$/.test(to),
    );
    expect(deep).toEqual([]);
  });
});

describe("below the command line", () => {
  const below = files.filter((file) => file !== "main.ts" && !/^(?:cli|wiring)\//.test(file));
  const code = (file: string) => readFileSync(join(src, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");

  test.each([
    ["the environment", /process\.env/],
    ["the clock", /Date\.now\(|new Date\(\)|performance\.now\(/],
    ["chance", /Math\.random\(/],
    ["the console", /console\./],
    ["module-level variables", /^(export )?(let|var) /m],
  ])("nothing reads or keeps %s", (_, pattern) => {
    expect(below.filter((file) => pattern.test(code(file)))).toEqual([]);
  });
});
