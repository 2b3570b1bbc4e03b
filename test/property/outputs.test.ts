import { parseEnv } from "node:util";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";
import { NumberText } from "../../src/model/number-text.ts";
import type { Tree } from "../../src/model/outcome.ts";
import { parseTree } from "../../src/text/tree.ts";
import { jsonText } from "../../src/text/tree-bytes.ts";
import { writeOutput } from "../fakes/format-input.ts";

/** Keys and texts that readers like to take for something else. */
const tricky = fc.constantFrom(
  ..."yes no on off y n null ~ = << 0123 0x1F 1_000 12:30:45 2024-01-01 .inf 1e3 - ? : | > * & ! % @ ` # true".split(
    " ",
  ),
  " lead",
  "trail ",
  "a: b",
  "a #b",
  "\r\n",
  "x\ny\n",
  "\n\n x\n",
  "\u0085\u2028\u2029\ufeff",
  "__proto__",
  "constructor",
);
const word = fc.oneof(
  tricky,
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 6 }),
);

/** Data without null, as TOML has none. */
const data = fc.letrec<{ tree: Tree; map: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    word,
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie("tree"), { maxLength: 4 }),
    tie("map"),
  ),
  map: fc.dictionary(word, tie("tree"), { minKeys: 1, maxKeys: 4 }),
}));

/** Equal data has equal text; what JSON calls -0 is 0 in some readers. */
const plain = (tree: unknown): string =>
  JSON.stringify(ordered(tree), (_, value: unknown) => (value === 0 ? 0 : value));

function ordered(tree: unknown): unknown {
  if (typeof tree === "bigint") return Number(tree);
  if (tree instanceof NumberText) return Number(tree.value);
  if (Array.isArray(tree)) return tree.map(ordered);
  if (tree === null || typeof tree !== "object") return tree;
  return Object.entries(tree)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => [key, ordered(value)]);
}

const written = async (output: string, tree: Tree) => (await writeOutput(output, tree)).toString("utf8");

describe("outputs round-trip", () => {
  test("json", async () => {
    await fc.assert(
      fc.asyncProperty(data.map, async (tree) => {
        expect(plain(JSON.parse(await written("json", tree)))).toBe(plain(JSON.parse(jsonText(tree))));
      }),
    );
  });

  test("yaml, by readers of 1.1 and 1.2 and by our own", async () => {
    await fc.assert(
      fc.asyncProperty(data.map, async (tree) => {
        const text = await written("yaml", tree);
        for (const version of ["1.1", "1.2"] as const) expect(plain(parseYaml(text, { version }))).toBe(plain(tree));
        expect(plain(parseTree(Buffer.from(text)))).toBe(plain(tree));
      }),
      { numRuns: 300 },
    );
  });

  test("toml", async () => {
    await fc.assert(
      fc.asyncProperty(data.map, async (tree) => {
        expect(plain(parseToml(await written("toml", tree)))).toBe(plain(tree));
      }),
    );
  });

  test("the same data in another order is the same bytes", async () => {
    const reversed = (tree: Tree): Tree =>
      tree !== null && typeof tree === "object" && Object.getPrototypeOf(tree) !== Array.prototype
        ? Object.fromEntries(
            Object.entries(tree)
              .reverse()
              .map(([key, value]) => [key, reversed(value as Tree)]),
          )
        : tree;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("json", "yaml", "toml"), data.map, async (output, tree) => {
        expect(await written(output, reversed(tree))).toBe(await written(output, tree));
      }),
    );
  });
});

test("Node's own reader of .env files reads dotenv, but for values with both kinds of quotes", async () => {
  const special = fc.constantFrom("'", '"', "$", "`", "\\", "!", "#", ";", "=", " ", "\n", "é", "\\n");
  const value = fc.array(fc.oneof(special, fc.stringMatching(/^[a-z0-9]{1,3}$/u)), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      value.map((one) => one.join("")),
      async (text) => {
        fc.pre(!(text.includes("'") && /["$`\\!]/u.test(text)));
        expect(parseEnv(await written("dotenv", { KEY: text, NEXT: "n" }))).toEqual({ KEY: text, NEXT: "n" });
      },
    ),
    { numRuns: 500 },
  );
});
