import { describe, expect, test } from "@jest/globals";
import { lintFiles } from "../../../../src/cli/lint/lint.ts";
import { createKeyferryDialect } from "../../../../src/dialects/keyferry/index.ts";
import { createMemoryStore } from "../../../fakes/memory-store.ts";

const store = createMemoryStore();
const dialects = [createKeyferryDialect({ stores: [store], operatorStores: [] })];

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

async function lint(files: Record<string, string>, output: "text" | "json" = "text", color = false) {
  const written = { out: "", err: "" };
  const code = await lintFiles(
    { files: Object.keys(files), output, dialects },
    {
      read: (file) =>
        files[file] === "absent" ? Promise.reject(new Error("ENOENT")) : Promise.resolve(files[file] ?? ""),
      out: (text) => (written.out += text),
      err: (text) => (written.err += text),
      color,
    },
  );
  return { code, ...written };
}

/** The text if it is the expected one, else what was expected, so that a failure shows both. */
function matches(text: string, expected: string | RegExp): string {
  if (typeof expected === "string") return expected;
  return expected.test(text) ? text : expected.source;
}

describe("exit code", () => {
  test.each([
    ["a clean file", { "a.yaml": `apiVersion: v1\nkind: Pod\n---\n${clean}` }, 0],
    [
      "a List",
      {
        "a.yaml": JSON.stringify({
          apiVersion: "v1",
          kind: "List",
          items: [
            {
              apiVersion: "secrets-store.csi.x-k8s.io/v1",
              kind: "SecretProviderClass",
              metadata: { name: "x" },
              spec: {
                provider: "keyferry",
                parameters: { stores: "[{name: a, kind: memory}]", objects: "[{objectName: db}]" },
              },
            },
          ],
        }),
      },
      0,
    ],
    ["a finding", { "a.yaml": clean.replace("0400", "0999") }, 1],
    ["a missing file", { "a.yaml": "absent", "b.yaml": clean }, 2],
    ["not YAML", { "a.yaml": "a: [" }, 2],
    ["no SecretProviderClass", { "a.yaml": "kind: Pod" }, 2],
    ["an empty file", { "a.yaml": "" }, 2],
  ])("%s", async (_, files, code) => {
    expect((await lint(files)).code).toBe(code);
  });
});

describe("a finding", () => {
  test.each([
    [
      "an object's field",
      clean.replace("0400", "0999"),
      'a.yaml:12:9: object 2 "conf/bin", field filePermission: it is not octal permission bits; write three octal digits, such as 0400 or 0644',
    ],
    [
      "bad YAML in a parameter",
      clean.replace("objectName: bin", "objectName: [bin"),
      /^a\.yaml:1\d:\d+: parameter objects: it is not valid YAML/u,
    ],
    [
      "a parameter on one line",
      clean.replace("kind: memory", "kind: memry"),
      'a.yaml:7:25: store 1 "a", field kind: there is no such kind of store; did you mean memory?',
    ],
    [
      "an unknown provider",
      clean.replace("provider: keyferry", "provider: keyfery"),
      "a.yaml:5:13: field spec.provider: spec.provider is not known; did you mean keyferry?",
    ],
    ["no provider", clean.replace("  provider: keyferry\n", ""), /spec\.provider is missing; write one of: keyferry/u],
    ["no parameters", `${head}spec: { provider: keyferry }`, /spec\.parameters is empty/u],
    [
      "a nested map",
      `${clean}    more: { a: b }\n`,
      /^a\.yaml:13:11: parameter more is not a text; write it as a block of text: put "\|"/u,
    ],
    [
      "the deprecated version",
      clean.replace("k8s.io/v1", "k8s.io/v1alpha1"),
      /^a\.yaml:1:13: apiVersion secrets-store\.csi\.x-k8s\.io\/v1alpha1 is deprecated/u,
    ],
    [
      "a copy of no file",
      `${clean}  secretObjects:\n    - { secretName: s, type: Opaque, data: [{ objectName: conf_bin, key: k }] }\n`,
      "a.yaml:14:45: secretObjects entry 1: objectName is not the path of a file in the volume; did you mean conf/bin?",
    ],
    [
      "a copy without type",
      `${clean}  secretObjects:\n    - { secretName: s, data: [{ objectName: conf/bin, key: k }] }\n`,
      /secretObjects entry 1: type is missing; add type/u,
    ],
  ])("%s", async (_, text, line) => {
    const { code, out, err } = await lint({ "a.yaml": text });
    expect(code).toBe(1);
    expect(out.split("\n")).toHaveLength(2);
    expect(matches(out.trimEnd(), line)).toBe(out.trimEnd());
    expect(err).toBe("1 manifest checked, 1 finding\n");
  });

  test("as JSON", async () => {
    const { out } = await lint({ "a.yaml": clean.replace("0400", "0999") }, "json");
    expect(JSON.parse(out)).toEqual({
      findings: [
        {
          file: "a.yaml",
          line: 12,
          column: 9,
          object: { index: 1, name: "conf/bin", kind: "object" },
          parameter: "objects",
          field: "filePermission",
          problem: expect.any(String),
          fix: expect.any(String),
          reason: "mode_invalid",
        },
      ],
    });
  });

  test("has colour only when asked", async () => {
    const text = clean.replace("0400", "0999");
    expect((await lint({ "a.yaml": text })).out).not.toContain("\u001B");
    expect((await lint({ "a.yaml": text }, "text", true)).out).toContain("\u001B[1ma.yaml:12:9:\u001B[0m");
  });
});
