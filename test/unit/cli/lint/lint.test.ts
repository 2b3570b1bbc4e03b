import { describe, expect, test } from "@jest/globals";
import { createKeyferryDialect } from "../../../../src/dialects/keyferry/index.ts";
import { lintTexts } from "../../../fakes/linting.ts";
import { createMemoryStore } from "../../../fakes/memory-store.ts";

const dialects = [createKeyferryDialect({ stores: [createMemoryStore()], operatorStores: [] })];
const lint = (files: Parameters<typeof lintTexts>[0], options: Parameters<typeof lintTexts>[2] = {}) =>
  lintTexts(files, dialects, options);

const head = `apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: { name: web, namespace: shop }
`;
const clean = `${head}spec:
  provider: keyferry
  parameters:
    stores: "[{name: a, kind: memory}]"
    objects: |
      - objectName: db
      - objectName: bin
        objectAlias: conf/bin
        filePermission: 0400
`;
const wrong = clean.replace("0400", "0999");
const old = clean.replace("k8s.io/v1", "k8s.io/v1alpha1");

const item = {
  apiVersion: "secrets-store.csi.x-k8s.io/v1",
  kind: "SecretProviderClass",
  metadata: { name: "x" },
  spec: {
    provider: "keyferry",
    parameters: { stores: "[{name: a, kind: memory}]", objects: "[{objectName: db}]" },
  },
};

describe("exit code", () => {
  test.each([
    { is: "a clean file", files: { "a.yaml": `apiVersion: v1\nkind: Pod\n---\n${clean}` }, code: 0 },
    { is: "a List", files: { "a.yaml": JSON.stringify({ apiVersion: "v1", kind: "List", items: [item] }) }, code: 0 },
    {
      is: "a List of the kind",
      files: { "a.yaml": JSON.stringify({ kind: "SecretProviderClassList", items: [item] }) },
      code: 0,
    },
    { is: "a byte order mark", files: { "a.yaml": `\ufeff${clean}` }, code: 0 },
    { is: "an error", files: { "a.yaml": wrong }, code: 1 },
    { is: "a warning", files: { "a.yaml": old }, code: 0 },
    { is: "a warning, strict", files: { "a.yaml": old }, code: 1, strict: true },
    { is: "a missing file", files: { "b.yaml": clean }, asked: ["a.yaml", "b.yaml"], code: 2 },
    { is: "not YAML", files: { "a.yaml": "a: [" }, code: 2 },
    { is: "not YAML beside a clean document", files: { "a.yaml": `${clean}---\na: [\n` }, code: 2 },
    { is: "nothing to check", files: { "a.yaml": "kind: Pod" }, code: 2 },
    { is: "an empty file", files: { "a.yaml": "" }, code: 2 },
    { is: "a template", files: { "a.yaml": clean.replace("name: web", "name: {{ .Values.name }}") }, code: 2 },
    { is: "UTF-16", files: { "a.yaml": Buffer.from(`\ufeff${clean}`, "utf16le") }, code: 2 },
    { is: "no text", files: { "a.yaml": Buffer.from([0x61, 0xff, 0x62]) }, code: 2 },
  ])("$is: $code", async ({ files, code, asked, strict }) => {
    const options = { ...(asked === undefined ? {} : { files: asked }), ...(strict === undefined ? {} : { strict }) };
    expect((await lint(files, options)).code).toBe(code);
  });
});

describe("folders", () => {
  const files = {
    "k8s/b.yaml": wrong,
    "k8s/a/deep.yml": old,
    "k8s/values.yaml": "a: [",
    "k8s/note.txt": wrong,
    "k8s/pod.json": '{"kind":"Pod"}',
    "k8s/.git/x.yaml": wrong,
    "k8s/node_modules/x.yaml": wrong,
    "empty/readme.md": "",
  };

  test("are searched for manifests; what is none is skipped", async () => {
    const { code, out, err } = await lint(files, { files: ["k8s"] });
    expect(out.split("\n").map((line) => line.split(" ")[0])).toEqual(["k8s/a/deep.yml:1:13:", "k8s/b.yaml:12:9:", ""]);
    expect({ code, err }).toEqual({ code: 1, err: "2 manifests checked, 1 error, 1 warning\n" });
  });

  test("without a manifest are unusable", async () => {
    expect(await lint(files, { files: ["empty"] })).toMatchObject({
      code: 2,
      err: expect.stringContaining("empty: ") as unknown,
    });
  });
});

function textOrForm(line: string | RegExp): unknown {
  return typeof line === "string" ? line : expect.stringMatching(line);
}

describe("a finding", () => {
  test.each([
    [
      "an object's field",
      wrong,
      'a.yaml:12:9: object 2 "conf/bin", field filePermission: it is not octal permission bits; write three octal digits, such as 0400 or 0644 [mode_invalid]',
    ],
    [
      "bad YAML in a parameter",
      clean.replace("objectName: bin", "objectName: [bin"),
      /^a\.yaml:1\d:\d+: parameter objects: it is not valid YAML.* \[parameter_invalid\]$/u,
    ],
    [
      "a parameter on one line",
      clean.replace("kind: memory", "kind: memry"),
      'a.yaml:7:25: store 1 "a", field kind: there is no such kind of store; did you mean memory? [parameter_invalid]',
    ],
    [
      "an unknown provider",
      clean.replace("provider: keyferry", "provider: keyfery"),
      "a.yaml:5:13: field spec.provider: there is no such provider; did you mean keyferry? [provider-unknown]",
    ],
    [
      "no provider",
      clean.replace("  provider: keyferry\n", ""),
      "a.yaml:5:3: field spec.provider: it is missing; add provider [field-missing]",
    ],
    [
      "no parameters",
      `${head}spec: { provider: keyferry }`,
      /spec\.parameters: it is empty, and the driver refuses that/u,
    ],
    [
      "the deprecated version",
      old,
      "a.yaml:1:13: warning: field apiVersion: secrets-store.csi.x-k8s.io/v1alpha1 is deprecated; write secrets-store.csi.x-k8s.io/v1 [api-version-deprecated]",
    ],
    [
      "a Secret of no file",
      `${clean}  secretObjects:\n    - { secretName: s, type: Opaque, data: [{ objectName: conf_bin, key: k }] }\n`,
      "a.yaml:14:59: field spec.secretObjects[0].data[0].objectName: it is not the path of a file in the volume; did you mean conf/bin? [secret-file-unknown]",
    ],
    [
      "broken YAML, with its follow-ups",
      clean.replace("  provider: keyferry", "  provider: 'keyferry").replace("  parameters:", " parameters:"),
      /^a\.yaml:\d+:\d+: .* \[yaml-invalid\]$/u,
    ],
    ["UTF-16", Buffer.from(`\ufeff${clean}`, "utf16le"), /^a\.yaml:1:1: the file is UTF-16 .*; save it as UTF-8/u],
  ])("of %s is one line", async (_, text, line) => {
    const { out } = await lint({ "a.yaml": text });
    expect(out.split("\n")).toHaveLength(2);
    expect(out.trimEnd()).toEqual(textOrForm(line));
  });

  test("has color only when asked", async () => {
    expect((await lint({ "a.yaml": wrong })).out).not.toContain("\u001B");
    expect((await lint({ "a.yaml": wrong }, { color: true })).out).toContain("\u001B[1ma.yaml:12:9:\u001B[0m");
  });
});

describe("standard input", () => {
  test("takes a rendered chart: many documents, other kinds skipped", async () => {
    const chart = [
      "# Source: x/pod.yaml\nkind: Pod\napiVersion: v1",
      clean,
      "",
      "kind: Service\napiVersion: v1",
      old,
    ].join("\n---\n");
    const { code, out, err } = await lint({ "-": chart });
    expect({ code, err }).toEqual({ code: 0, err: "2 manifests checked, 0 errors, 1 warning\n" });
    expect(out).toMatch(/^-:\d+:13: warning: /u);
  });
});

describe("--output json", () => {
  test("has every finding with its rule", async () => {
    const { out } = await lint({ "a.yaml": wrong, "b.yaml": old }, { output: "json" });
    expect(JSON.parse(out)).toEqual({
      manifests: 2,
      errors: 1,
      warnings: 1,
      findings: [
        {
          file: "a.yaml",
          line: 12,
          column: 9,
          rule: "mode_invalid",
          severity: "error",
          object: { index: 1, name: "conf/bin", kind: "object" },
          parameter: "objects",
          field: "filePermission",
          problem: expect.any(String),
          fix: expect.any(String),
          reason: "mode_invalid",
        },
        expect.objectContaining({ file: "b.yaml", rule: "api-version-deprecated", severity: "warning" }),
      ],
    });
  });
});

describe("--output sarif", () => {
  test("is a SARIF 2.1.0 log with the rules that were broken", async () => {
    const files = { "./a b.yaml": wrong, "/abs/ä.yaml": old, "-": wrong };
    const { out } = await lint(files, { output: "sarif" });
    const log = JSON.parse(out) as { $schema: string; version: string; runs: unknown[] };
    expect(log).toMatchObject({
      version: "2.1.0",
      $schema: expect.stringContaining("sarif-schema-2.1.0.json") as unknown,
    });
    expect(log.runs).toEqual([
      {
        tool: {
          driver: {
            name: "keyferry lint",
            version: "1.2.3",
            rules: [rule("api-version-deprecated", "warning"), rule("mode_invalid", "error")],
          },
        },
        columnKind: "utf16CodeUnits",
        results: [
          result("mode_invalid", 1, "error", "a%20b.yaml", 12, 9),
          result("api-version-deprecated", 0, "warning", "file:///abs/%C3%A4.yaml", 1, 13),
          result("mode_invalid", 1, "error", "stdin", 12, 9),
        ],
      },
    ]);
  });

  function rule(id: string, level: string) {
    const text = { text: expect.any(String) as unknown };
    return { id, shortDescription: text, help: text, defaultConfiguration: { level } };
  }

  function result(
    ruleId: string,
    ruleIndex: number,
    level: string,
    uri: string,
    startLine: number,
    startColumn: number,
  ) {
    const physicalLocation = { artifactLocation: { uri }, region: { startLine, startColumn } };
    return {
      ruleId,
      ruleIndex,
      level,
      message: { text: expect.any(String) as unknown },
      locations: [{ physicalLocation }],
    };
  }

  test("of nothing wrong has no result", async () => {
    const { code, out } = await lint({ "a.yaml": clean }, { output: "sarif" });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ runs: [{ results: [] }] });
  });
});
