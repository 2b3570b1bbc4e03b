import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { goJson } from "../../../../src/text/go/json.ts";
import { GoYamlError, type GoNode } from "../../../../src/text/go/yaml-node.ts";
import { goField, goInteger, goString, goValue } from "../../../../src/text/go/yaml-values.ts";
import { parseGoYaml } from "../../../../src/text/go/yaml.ts";

interface Row {
  readonly text: string;
  readonly any: string | null;
  readonly string: string | null;
  readonly integer: number | null;
}

const rows = JSON.parse(
  readFileSync(new URL("../../../vectors/go-yaml/decoded.json", import.meta.url), "utf8"),
) as readonly Row[];

const int32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n };

/** The field as Go's decoder fills it; null where it refuses. */
function decode<T>(text: string, absent: T, read: (node: GoNode) => T | undefined): T | null {
  try {
    const root = parseGoYaml(text);
    if (root === undefined || (root.kind === "scalar" && root.tag === "!!null")) return absent;
    if (root.kind !== "map") return null;
    const node = goField(root, "k");
    return node === undefined ? absent : (read(node) ?? null);
  } catch (error) {
    expect(error).toBeInstanceOf(GoYamlError);
    return null;
  }
}

describe("what yaml.v3 makes of a text", () => {
  test.each(rows.map((row) => [row.text, row] as const))("%j", (text, row) => {
    expect({
      any: decode(text, "null", (node) => goJson(goValue(node))),
      string: decode(text, "", goString),
      integer: decode(text, 0, (node) => {
        const value = goInteger(node, int32);
        return value === undefined ? undefined : Number(value);
      }),
    }).toEqual({ any: row.any, string: row.string, integer: row.integer });
  });
});

describe("what is refused although yaml.v3 takes it", () => {
  test.each([
    ["a great many values", `k: [${"a,".repeat(100_000)}]`],
    ["aliases that stand for a great many", `a: &a [${"x,".repeat(400)}]\nk: [${"*a,".repeat(400)}]`],
    ["deep nesting", `k: ${"[".repeat(100)}${"]".repeat(100)}`],
  ])("%s", (_, text) => {
    expect(() => parseGoYaml(text)).toThrow(GoYamlError);
  });
});

describe("what a YAML 1.2 parser reads otherwise", () => {
  test.each([
    ['- "a\n  b"\n', '["a b"]'],
    ['k: "-----BEGIN X-----\n\n  a\n\n  b"\n', '{"k":"-----BEGIN X-----\\na\\nb"}'],
    ["k: [\n  a,\n  b\n]\nl: {\n  c: d\n}\n", '{"k":["a","b"],"l":{"c":"d"}}'],
    ['k: "x"#c\n', '{"k":"x"}'],
    ["k: |2-\n    a\n   b\n", '{"k":"  a\\n b"}'],
    ["- |2-\n    a\n", '["  a"]'],
    ["k: [\n\ta,\n\tb]\n", '{"k":["a","b"]}'],
    ["a: &x 1\nb: *x\nc: &x 2\nd: *x\n", '{"a":1,"b":1,"c":2,"d":2}'],
    ["&k a: 1\nb: *k\n", '{"a":1,"b":"a"}'],
    ["k: a\u2028  b\n", '{"k":"a\\u2028b"}'],
  ])("%j is %s", (text, expected) => {
    const root = parseGoYaml(text);
    expect(root === undefined ? undefined : goJson(goValue(root))).toBe(expected);
  });
});

test("a mistake has a place and does not quote the text", () => {
  const error: unknown = (() => {
    try {
      return parseGoYaml("a: 1\nb: hunter2\n a: [hunter2");
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toMatchObject({ name: "GoYamlError", line: 3 });
  expect((error as Error).message).not.toContain("hunter2");
});
