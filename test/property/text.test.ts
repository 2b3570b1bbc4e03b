import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readManifests } from "../../src/cli/lint/manifest.ts";
import { isGranted } from "../../src/config/grants.ts";
import { createKeyferryDialect } from "../../src/dialects/keyferry/index.ts";
import { defaultFileMode, pathProblem } from "../../src/model/file.ts";
import type { Tree } from "../../src/model/outcome.ts";
import { decode } from "../../src/text/codecs/encoding.ts";
import { Issues } from "../../src/text/issues.ts";
import { CompiledExpression, compileSelection } from "../../src/text/jmespath/index.ts";
import { createSelector } from "../../src/text/jmespath/selector.ts";
import { nearest } from "../../src/text/nearest.ts";
import { parseOctalMode } from "../../src/text/codecs/octal.ts";
import { readList } from "../../src/text/yaml/read-text.ts";
import { treeBytes } from "../../src/text/tree-bytes.ts";
import { parseTree } from "../../src/text/tree.ts";
import { createMemoryStore } from "../fakes/memory-store.ts";
import type { StoreKind } from "../../src/model/store.ts";

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
const yamlish = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom("- ", "a", ": ", "\n", "  ", "[", "]", "{", "}", '"', "'", "&a ", "*a", "|", "#", "!x ", ","),
    )
    .map((parts) => parts.join("")),
);

describe("decoding", () => {
  test("takes off what Node.js puts on", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom("base64" as const, "hex" as const), (bytes, encoding) => {
        const decoded = decode(Buffer.from(Buffer.from(bytes).toString(encoding)), encoding);
        expect(decoded).toEqual({ kind: "decoded", bytes: Buffer.from(bytes) });
      }),
    );
  });
});

describe("octal modes", () => {
  test("every three digits with 0 in front are read; nothing else becomes a mode above 0777", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0o777 }), (bits) => {
        expect(parseOctalMode(`0${bits.toString(8).padStart(3, "0")}`)).toBe(bits);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (any) => {
        expect(parseOctalMode(any) ?? 0).toBeLessThanOrEqual(0o777);
      }),
    );
  });
});

describe("data", () => {
  const json = fc.jsonValue({ depthSize: "small" });

  test("compact JSON of a parsed JSON reads the same", () => {
    fc.assert(
      fc.property(json, (value) => {
        const tree = parseTree(Buffer.from(JSON.stringify({ v: value })));
        expect(JSON.parse(text(treeBytes(tree ?? null)))).toEqual(JSON.parse(JSON.stringify({ v: value })));
      }),
    );
  });

  test("whole numbers of any size keep every digit, in JSON and YAML", () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        const pick = (source: string): string =>
          text(treeBytes(createSelector(parseTree(Buffer.from(source)) ?? null)(new CompiledExpression("n")) ?? null));
        expect(pick(`{"n":${value}}`)).toBe(value.toString());
        expect(pick(`n: ${value}`)).toBe(value.toString());
      }),
    );
  });

  test("a float is written without exponent and reads back the same", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const written = text(treeBytes(value));
        expect(written).not.toMatch(/e/iu);
        expect(Number(written) + 0).toBe(value + 0);
      }),
    );
  });

  test("@ gives the tree back, bytes and big numbers included", () => {
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.bigInt({ min: 2n ** 60n }),
        fc.uint8Array(),
        fc.boolean(),
        fc.array(tie("tree"), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor")), tie("tree"), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(text(treeBytes(createSelector(value)(new CompiledExpression("@")) ?? null))).toBe(
          text(treeBytes(value)),
        );
      }),
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test("no text makes the parsers throw", () => {
    fc.assert(
      fc.property(yamlish, (any) => {
        parseTree(Buffer.from(any));
        compileSelection(any);
        nearest(any, ["objectName", any]);
        readList(any, "objects", new Issues());
        expect(readManifests(any).classes).toEqual([]);
      }),
    );
  });
});

describe("namespace patterns", () => {
  test("agree with a regular expression", () => {
    const piece = fc.string({ unit: fc.constantFrom("a", "b", "*", "-"), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom("a", "b", "-"), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(piece, name, (pattern, namespace) => {
        const expected = new RegExp(`^${pattern.replaceAll("*", ".*")}$`, "u").test(namespace);
        expect(isGranted([pattern], namespace)).toBe(expected);
      }),
    );
  });
});

describe("the native language", () => {
  const store = createMemoryStore() as StoreKind;
  const dialect = createKeyferryDialect({ stores: [store], operatorStores: [] });
  const parse = (objects: string) => {
    const issues = new Issues();
    const parameters = new Map([
      ["stores", "[{name: a, kind: memory}]"],
      ["objects", objects],
    ]);
    return { plan: dialect.parse({ parameters, defaultMode: defaultFileMode }, issues), issues };
  };

  test("a text gives either a plan or issues, never both or neither", () => {
    fc.assert(
      fc.property(yamlish, (objects) => {
        const { plan, issues } = parse(objects);
        expect(plan === undefined).toBe(issues.size > 0);
      }),
    );
  });

  test("planned paths are distinct, fit together, and are fine for the driver", () => {
    const element = fc.constantFrom("a", "b", "..", ".", "", "c d");
    const alias = fc.array(element, { minLength: 1, maxLength: 3 }).map((elements) => elements.join("/"));
    fc.assert(
      fc.property(fc.array(alias, { minLength: 1, maxLength: 4 }), (aliases) => {
        const listed = JSON.stringify(aliases.map((objectAlias) => ({ objectName: "x", objectAlias })));
        const bad =
          aliases.some((path) => pathProblem(path) !== undefined) ||
          new Set(aliases).size < aliases.length ||
          aliases.some((path) => aliases.some((other) => other.startsWith(`${path}/`)));
        expect(parse(listed).plan === undefined).toBe(bad);
      }),
    );
  });
});
