import { spawnSync } from "node:child_process";
import { mkdirSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { transform } from "esbuild";
import { startDaemon } from "./daemon.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const demo = (name: string) => join(root, "examples", "demo", name);

interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built command line. */
function keyferry(words: readonly string[], input = ""): Ran {
  const options = { cwd: root, encoding: "utf8", input, timeout: 30_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "dist", "main.js"), ...words], options);
  return { status, out: stdout, err: stderr };
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "kf-cli-"));
}

describe("an older Node.js", () => {
  const asIf = (version: string) =>
    `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`;

  test.each(["18.20.4", "20.19.0", "22.18.0"])("%s is told which one is needed", (version) => {
    const words = ["--import", asIf(version), join(root, "dist", "main.js"), "version"];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^keyferry: Node\.js [\d.]+ is too old, 22\.\d+ or newer is needed; [^\n]+\n$/);
  });

  test("can parse the entry, which names nothing that it does not know", async () => {
    const entry = readFileSync(join(root, "dist", "main.js"), "utf8");
    const { code, warnings } = await transform(entry, { target: "node18", format: "esm", minify: true });
    expect(warnings).toEqual([]);
    // A named import of what node:module does not have is a SyntaxError before the first line runs.
    expect(code).not.toMatch(/import *\{[^}]*enableCompileCache/);
    expect([...code.matchAll(/(?:from|import) *"(\.[^"]+)"/g)]).toEqual([]);
  });
});

describe("npm run keyferry", () => {
  test("takes paths of the folder that its user is in", () => {
    const folder = newFolder();
    writeFileSync(join(folder, "spc.yaml"), readFileSync(demo("secretproviderclass.yaml")));
    const env = { ...process.env, INIT_CWD: folder, npm_lifecycle_event: "keyferry" };
    const words = [join(root, "scripts", "with-node.mjs"), "dist/main.js", "lint", "-f", "spc.yaml"];
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: root, env, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, expect.stringContaining("1 manifest checked, 0 errors")]);
  });
});

describe("help and version", () => {
  test.each([["--help"], ["-h"], ["help"]])("keyferry %s lists the commands", (word) => {
    const { status, out } = keyferry([word]);
    expect(status).toBe(0);
    expect(out).toMatch(/serve[\s\S]*mount[\s\S]*lint[\s\S]*version/);
  });

  test.each(["serve", "mount", "lint", "convert", "version"])("keyferry %s --help tells its options", (name) => {
    const { status, out } = keyferry([name, "--help"]);
    expect(status).toBe(0);
    expect(out).toContain(`usage: keyferry ${name}`);
  });

  test("keyferry version names version, commit and Node.js", () => {
    expect(keyferry(["version"]).out).toMatch(/^keyferry \d+\.\d+\.\d+ \(commit \w+, Node\.js \d+/);
  });

  test.each([
    { words: [], says: /usage/ },
    { words: ["mountt"], says: /no command "mountt"/ },
    { words: ["mount"], says: /-f FILE/ },
    { words: ["mount", "-f", "x.yaml"], says: /--target/ },
    { words: ["mount", "-f", "a", "-f", "b", "--target", "t"], says: /--file is given 2 times/ },
    { words: ["lint"], says: /-f FILE/ },
    { words: ["lint", "-f", "x", "--output", "xml"], says: /json/ },
    { words: ["lint", "--nope"], says: /--nope/ },
  ])("keyferry $words is wrong usage", ({ words, says }) => {
    const { status, out, err } = keyferry(words);
    expect(status).toBe(2);
    expect(out + err).toMatch(says);
  });
});

describe("keyferry mount", () => {
  const spc = ["-f", demo("secretproviderclass.yaml")];
  const config = ["--config", demo("keyferry.yaml")];

  test("answers by itself, writes the files and prints no value", () => {
    const target = join(newFolder(), "volume");
    const { status, out, err } = keyferry(["mount", ...spc, ...config, "--target", target]);
    expect([status, err]).toEqual([0, ""]);
    expect(readFileSync(join(target, "database", "password"), "utf8")).toBe("correct-horse-battery-staple");
    expect(out).toMatch(/^PATH +MODE +BYTES +OBJECT +VERSION/);
    expect(out).toMatch(/database\/password +0400 +28/);
    expect(out).not.toContain("staple");
  });

  test("asks a running daemon", async () => {
    const daemon = await startDaemon({
      config: `keys: [{name: k, kind: age, file: ${demo("demo.agekey")}, namespaces: [shop]}]`,
    });
    const target = join(newFolder(), "volume");
    const ran = keyferry(["mount", ...spc, "--socket", daemon.socket("keyferry"), "--target", target]);
    await daemon.stop();
    expect(ran.status).toBe(0);
    expect(existsSync(join(target, "app.yaml"))).toBe(true);
  });

  test.each([
    { is: "in a namespace without a grant", words: [...spc, ...config, "-n", "other"], says: /namespace other/ },
    { is: "with mistakes in the manifest", words: ["-f", demo("failing.yaml"), ...config], says: /jmesPath/ },
    { is: "with a socket that nobody serves", words: [...spc, "--socket", "/nowhere.sock"], says: /nowhere\.sock/ },
  ])("$is fails with code 1 and writes nothing", ({ words, says }) => {
    const target = join(newFolder(), "volume");
    const { status, out, err } = keyferry(["mount", ...words, "--target", target]);
    expect([status, out, existsSync(target)]).toEqual([1, "", false]);
    expect(err).toMatch(says);
  });

  test("of a file that is not there is wrong usage", () => {
    const { status, err } = keyferry(["mount", "-f", "/nowhere.yaml", "--target", newFolder()]);
    expect(status).toBe(2);
    expect(err).toContain("/nowhere.yaml");
  });
});

describe("keyferry convert", () => {
  const sealed = join(root, "examples", "sealed-secrets", "sealedsecret.yaml");

  test("makes a manifest that lints clean, without a key", () => {
    const output = join(newFolder(), "spc.yaml");
    expect(keyferry(["convert", "-f", sealed, "-o", output])).toMatchObject({ status: 0 });
    expect(keyferry(["lint", "-f", output])).toMatchObject({ status: 0 });
    expect(keyferry(["convert", "-f", sealed]).out).toBe(readFileSync(output, "utf8"));
  });

  test.each([
    { words: ["-f", "/nowhere.yaml"], status: 1 },
    { words: ["-f", demo("pod.yaml")], status: 1 },
    { words: [], status: 2 },
  ])("$words ends with $status", ({ words, status }) => {
    expect(keyferry(["convert", ...words])).toMatchObject({ status, out: "" });
  });
});

describe("keyferry lint", () => {
  test("finds nothing in a clean manifest", () => {
    expect(keyferry(["lint", "-f", demo("secretproviderclass.yaml")])).toMatchObject({ status: 0, out: "" });
  });

  test("names file, line, object, problem and fix", () => {
    const { status, out } = keyferry(["lint", "-f", demo("failing.yaml")]);
    expect(status).toBe(1);
    expect(out).toMatch(/failing\.yaml:12:\d+: object 1 .*jmespath.*did you mean jmesPath/);
  });

  test("gives the same as JSON", () => {
    const { status, out } = keyferry(["lint", "--output", "json", demo("failing.yaml")]);
    const { findings } = JSON.parse(out) as { findings: readonly Record<string, unknown>[] };
    expect(status).toBe(1);
    expect(findings).toHaveLength(3);
    expect(findings[0]).toMatchObject({ line: 12, field: "jmespath", parameter: "objects", object: { index: 0 } });
  });

  test("reads standard input", () => {
    expect(keyferry(["lint", "-f", "-"], readFileSync(demo("failing.yaml"), "utf8")).status).toBe(1);
  });

  test.each([
    { is: "a file that is not there", text: undefined },
    { is: "no YAML", text: "a: [" },
    { is: "no SecretProviderClass", text: "kind: Pod\napiVersion: v1\n" },
  ])("$is is unusable input", ({ text }) => {
    const file = join(newFolder(), "x.yaml");
    if (text !== undefined) writeFileSync(file, text);
    expect(keyferry(["lint", "-f", file]).status).toBe(2);
  });

  const manifest = (parameters: string) =>
    `apiVersion: secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata: { name: web }\nspec:\n  provider: vault\n  parameters:\n${parameters}`;
  const doubtful = manifest(
    "    roleName: r\n    objects: |\n      - objectName: db\n        secretPath: kv/db\n        secretkey: password\n",
  );

  test("warns without failing, unless strict", () => {
    const { status, out } = keyferry(["lint", "-f", "-"], doubtful);
    expect(out).toMatch(
      /^-:11:9: warning: object 1 "db", field secretkey: secretkey is not read; did you mean secretKey\?/,
    );
    expect(status).toBe(0);
    expect(keyferry(["lint", "--strict", "-f", "-"], doubtful).status).toBe(1);
  });

  test("searches folders, and takes a rendered chart on standard input", () => {
    const folder = newFolder();
    mkdirSync(join(folder, "deep"));
    writeFileSync(join(folder, "deep", "spc.yaml"), manifest("    roleName: true\n    objects: x\n"));
    writeFileSync(join(folder, "values.yaml"), "a: [");
    expect(keyferry(["lint", folder]).out).toMatch(
      /deep\/spc\.yaml:7:15: field spec\.parameters\.roleName: it is a boolean/,
    );
    const chart = `kind: Service\napiVersion: v1\n---\n${doubtful}`;
    expect(keyferry(["lint", "-f", "-"], chart)).toMatchObject({
      status: 0,
      err: "1 manifest checked, 0 errors, 1 warning\n",
    });
    expect(keyferry(["lint", "-f", "-"], "kind: Pod\nname: {{ .Values.x }}\n").status).toBe(2);
  });

  test("writes SARIF", () => {
    const { status, out } = keyferry(["lint", "--output", "sarif", demo("failing.yaml")]);
    const log = JSON.parse(out) as {
      readonly version: string;
      readonly runs: readonly [{ readonly results: unknown[] }];
    };
    expect(status).toBe(1);
    expect(log.version).toBe("2.1.0");
    expect(log.runs[0].results).toHaveLength(3);
  });
});
