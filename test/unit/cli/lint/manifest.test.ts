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
    count: "007"
    on1: "yes"
    plain: role name
    quoted: "ab\\ncd"
    nothing: ""
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
  const [manifest] = readManifests(text).classes;

  test("reads names and parameters as text", () => {
    expect(readManifests(text)).toMatchObject({ mistakes: [], broken: false, syncs: [] });
    expect(manifest).toMatchObject({ name: "web", namespace: undefined, provider: "vault", mistakes: [] });
    expect(manifest?.parameters).toEqual(
      new Map([
        ["count", "007"],
        ["on1", "yes"],
        ["plain", "role name"],
        ["quoted", "ab\ncd"],
        ["nothing", ""],
        ["block", "\n- a: 1\n    b: 2\n"],
        ["explicit", "  deep\nflat\n"],
      ]),
    );
    expect(manifest?.secretObjects).toMatchObject([
      { type: { text: "Opaque" }, data: [{ file: { text: "a" }, key: { text: "k" } }] },
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
    expect(manifest?.locate(parameter, line, column)).toMatchObject({ line: fileLine, column: fileColumn });
  });

  test("goes on after a broken document", () => {
    const { classes, mistakes, broken } = readManifests(`a: [\n---\n${text}`);
    expect({ classes: classes.length, mistakes: mistakes.length, broken }).toEqual({
      classes: 1,
      mistakes: 1,
      broken: true,
    });
  });
});

describe("templates", () => {
  test.each([
    ["an action that breaks the YAML", "name: web", "name: {{ .x }}", 8],
    ["one in quotes", "plain: role name", 'plain: "{{ .Values.role }}"', 14],
    ["one inside a block", "- a: 1", "- a: {{ .Values.a }}", 19],
    ["a function of charts", "plain: role name", "plain: '{{ include \"app.name\" . }}'", 14],
    ["a condition around it", "# a comment", "{{- if .Values.enabled }}", 1],
  ])("%s", (_, part, action, line) => {
    const { mistakes, classes } = readManifests(text.replace(part, action));
    expect(mistakes).toMatchObject([{ rule: "helm-template", line }]);
    expect(classes).toEqual([]);
  });

  test.each([
    ["a template of the native language", "plain: role name", 'plain: "{{ db.data.password | url_encode }}"'],
    ["a Go template that a SealedSecret carries", "plain: role name", 'plain: "{{ .password }}"'],
    ["a comment", "# a comment", "# {{ .Values.x }}"],
  ])("but not %s", (_, part, written) => {
    expect(readManifests(text.replace(part, written))).toMatchObject({ mistakes: [], classes: [{ name: "web" }] });
  });
});

describe("a tab", () => {
  test.each(["a:\n\tb: 1\n", "a:\n  b: 1\n\tc: 2\n", "- a: 1\n \tb: 2\n", "a:\n  - b\n\t- c\n"])(
    "in %j is named",
    (yaml) => {
      expect(readManifests(yaml).mistakes).toMatchObject([{ problem: "a tab is used as indentation; use spaces" }]);
    },
  );
});
