import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "@jest/globals";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
const stages = dockerfile.split(/^FROM /m).slice(1);
const last = stages.at(-1) ?? "";

/** What the image holds of ours: a folder outside the checkout, filled as the last stage of the Dockerfile fills it. */
let image: string;

beforeAll(() => {
  image = mkdtempSync(join(tmpdir(), "kf-image-"));
  for (const [, words = ""] of last.matchAll(/^COPY (?:--\S+ )*(.*)$/gm)) {
    const [from = "", to = ""] = words.split(" ");
    const target = join(image, to);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(root, from.replace("/build/", "")), target, { recursive: true });
  }
  const folder = join(image, "opt", "keyferry");
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".map")) rmSync(join(folder, name));
  }
});

/** Runs the image's entry point from the image's root, with nothing in its environment. */
function run(words: readonly string[], flags: readonly string[] = []) {
  const entry = /^ENTRYPOINT (.*)$/m.exec(last)?.[1] ?? "[]";
  const [, main = ""] = JSON.parse(entry) as string[];
  const settings = { cwd: image, env: {}, encoding: "utf8", timeout: 15_000 } as const;
  return spawnSync(process.execPath, [...flags, join(image, main), ...words], settings);
}

describe("the bundle, copied as the Dockerfile copies it", () => {
  test("runs on its own, and reads nothing else", () => {
    const { status, stdout } = run(["version"], ["--permission", `--allow-fs-read=${image}`]);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^keyferry \d/)]);
  });

  test("opens and mounts without the checkout", () => {
    const demo = join(root, "examples", "demo");
    const target = join(mkdtempSync(join(tmpdir(), "kf-target-")), "volume");
    const words = ["mount", "-f", join(demo, "secretproviderclass.yaml"), "--config", join(demo, "keyferry.yaml")];
    expect(run([...words, "--target", target])).toMatchObject({ status: 0 });
    expect(readdirSync(target).length).toBeGreaterThan(0);
  });

  test("holds no node_modules and no source maps", () => {
    const names = readdirSync(image, { recursive: true, encoding: "utf8" }).map((name) => basename(name));
    expect(names.filter((name) => name === "node_modules" || name.endsWith(".map") || name.endsWith(".ts"))).toEqual(
      [],
    );
  });
});

describe("the Dockerfile", () => {
  test("pins both bases by digest", () => {
    const bases = [...dockerfile.matchAll(/^ARG \w+_IMAGE=(.*)$/gm)].map(([, name]) => name);
    expect(bases).toHaveLength(2);
    expect(bases.filter((name) => !/@sha256:[0-9a-f]{64}$/.test(name ?? ""))).toEqual([]);
  });

  test("ends as somebody who is not root, on the distroless base", () => {
    expect(last).toMatch(/^\$\{BASE_IMAGE\}/);
    expect(last).toMatch(/^USER 65532:65532$/m);
    expect(last).not.toMatch(/^RUN /m);
  });

  test("sees what it copies, and .dockerignore keeps the rest out", () => {
    const visible =
      readFileSync(join(root, ".dockerignore"), "utf8")
        .match(/^!.*$/gm)
        ?.map((line) => line.slice(1)) ?? [];
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(?:--\S+ )*(.*) \S+$/gm)].flatMap(([, words = ""]) =>
      words.split(" "),
    );
    const outside = copied.filter((name) => !visible.some((open) => name === open || name.startsWith(`${open}/`)));
    expect(outside).toEqual([]);
    expect(readFileSync(join(root, ".dockerignore"), "utf8")).toMatch(/^\*$/m);
  });
});

describe("the bill of materials", () => {
  const file = join(mkdtempSync(join(tmpdir(), "kf-sbom-")), "sbom.cdx.json");
  const notices = join(dirname(file), "notices.txt");
  let names: readonly string[];

  beforeAll(() => {
    spawnSync(process.execPath, [join(root, "scripts", "sbom.mjs"), file, notices], { cwd: root });
    const bill = JSON.parse(readFileSync(file, "utf8")) as {
      readonly bomFormat: string;
      readonly components: readonly { readonly name: string }[];
    };
    names = bill.components.map(({ name }) => name);
  });

  test("names every package that the bundle holds code of", () => {
    const maps = readdirSync(join(root, "dist"), { recursive: true, encoding: "utf8" }).filter((one) =>
      one.endsWith(".map"),
    );
    const sources = maps.flatMap(
      (one) => (JSON.parse(readFileSync(join(root, "dist", one), "utf8")) as { sources: string[] }).sources,
    );
    const bundled = new Set(
      sources.flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^@./][^/]*)\//.exec(source)?.[1] ?? []),
    );
    expect(bundled.size).toBeGreaterThan(5);
    expect([...bundled].filter((name) => !names.includes(name))).toEqual([]);
    // What is listed was taken, if only for a part that the minifier then dropped.
    expect(names.filter((name) => name.startsWith("@types/") || ["jest", "esbuild", "eslint"].includes(name))).toEqual(
      [],
    );
  });

  test("has the licence texts of all of them beside it", () => {
    const text = readFileSync(notices, "utf8");
    expect(names.filter((name) => !new RegExp(`^${name} \\d`, "m").test(text))).toEqual([]);
    expect(text).toContain("GNU LESSER GENERAL PUBLIC LICENSE");
  });

  test("is the same each time", () => {
    const again = join(dirname(file), "again.json");
    spawnSync(process.execPath, [join(root, "scripts", "sbom.mjs"), again, notices], { cwd: root });
    expect(readFileSync(again, "utf8")).toBe(readFileSync(file, "utf8"));
  });
});
