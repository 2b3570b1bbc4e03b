import { describe, expect, test } from "@jest/globals";
import { readManifests } from "../../../../src/cli/lint/manifest.ts";

const text = `# a comment
apiVersion: v1
kind: ConfigMap
---
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata:
  name: web
spec:
  provider: vault
  parameters:
    count: 007
    on: yes
    plain: role name
    quoted: "ab\\ncd"
    nothing:
    block: |

      - a: 1
          b: 2
    explicit: |2
        deep
      flat
  secretObjects:
    - secretName: s
      type: Opaque
      data: [{ objectName: a, key: k }]
`;

describe("readManifests", () => {
  const [manifest] = readManifests(text).manifests;

  test("reads names and parameters as text", () => {
    expect(readManifests(text).problems).toEqual([]);
    expect(manifest).toMatchObject({ name: "web", namespace: undefined, provider: "vault", problems: [] });
    expect(manifest?.parameters).toEqual(
      new Map([
        ["count", "007"],
        ["on", "yes"],
        ["plain", "role name"],
        ["quoted", "ab\ncd"],
        ["nothing", ""],
        ["block", "\n- a: 1\n    b: 2\n"],
        ["explicit", "  deep\nflat\n"],
      ]),
    );
    expect(manifest?.secretObjects).toMatchObject([
      { secretName: "s", type: "Opaque", items: [{ objectName: "a", key: "k" }] },
    ]);
  });

  test.each([
    ["block", 2, 3, 19, 9],
    ["block", 3, 5, 20, 11],
    ["explicit", 1, 3, 22, 9],
    ["explicit", 2, 1, 23, 7],
    ["plain", 1, 6, 14, 17],
    ["quoted", 1, 2, 15, 15],
    ["quoted", 2, 1, 15, 13],
    ["block", undefined, undefined, 17, 12],
    ["absent", 1, 1, 12, 5],
  ])("%s %s:%s is %s:%s of the file", (parameter, line, column, fileLine, fileColumn) => {
    expect(manifest?.locate(parameter, line, column)).toEqual({ line: fileLine, column: fileColumn });
  });

  test.each([
    ["no name", text.replace("name: web", "x: y"), "metadata.name is missing"],
    ["a list as parameter", text.replace("count: 007", "count: [1]"), "parameter count is not a text"],
    ["a parameter twice", text.replace("count: 007", "on: no"), "parameter on is there twice"],
    ["an unknown version", text.replace("io/v1\n", "io/v2\n"), "apiVersion is not known"],
    [
      "parameters as a text",
      "kind: SecretProviderClass\napiVersion: secrets-store.csi.x-k8s.io/v1\nmetadata: {name: x}\nspec: {parameters: x}",
      "spec.parameters is not a map",
    ],
  ])("%s is a problem of the manifest", (_, file, problem) => {
    expect(readManifests(file).manifests[0]?.problems.map((found) => found.problem)).toEqual([problem]);
  });
});
