import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Templates } from "../../src/dialects/keyferry/templates/templates.ts";
import { MountError } from "../../src/model/error.ts";
import type { Tree } from "../../src/model/outcome.ts";
import { renderContext } from "../fakes/format-input.ts";
import { mountNative } from "../fakes/native-mount.ts";

const outcomeOf = async <T>(work: Promise<T>): Promise<T | MountError> => {
  try {
    return await work;
  } catch (thrown) {
    if (thrown instanceof MountError) return thrown;
    throw thrown;
  }
};

describe("templates of any text over any data", () => {
  const path = fc.constantFrom(
    ..."a b a.x a.b a[b] a.first a.size b.__proto__ b.constructor a.toString nil 5 (1..3)".split(" "),
  );
  const filters =
    " | upcase; | json; | yaml; | size; | default: b; | plus: a; | join; | split: a; | b64enc; | hex; | append: b; | sort; | first; | indent: 2; | nope".split(
      ";",
    );
  const expression = fc
    .tuple(path, fc.array(fc.constantFrom(...filters), { maxLength: 3 }))
    .map(([first, more]) => first + more.join(""));
  const noise = fc.oneof(
    fc.constantFrom(..."{{ }} {% %} {%if% endif {%-else-%} ' \" | : ( {%raw%} {%endfor%} {%liquid {%#".split(" ")),
    fc.string({ maxLength: 4 }),
  );
  const piece = fc.oneof(
    { weight: 4, arbitrary: expression.map((one) => `{{ ${one} }}`) },
    { weight: 2, arbitrary: expression.map((one) => `{% if ${one} contains a %}x{% else %}{{ ${one} }}{% endif %}`) },
    { weight: 2, arbitrary: path.map((one) => `{% for c in ${one} %}{{ c }}{% endfor %}`) },
    { weight: 1, arbitrary: expression.map((one) => `{% assign a = ${one} %}{% capture b %}{{ a }}{% endcapture %}`) },
    { weight: 1, arbitrary: noise },
  );
  const text = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(" "));
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small" },
      fc.string({ maxLength: 5 }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt(),
      fc.uint8Array({ maxLength: 4 }),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("x", "b", "__proto__", "constructor", "size", "first", "toString"), tie("tree")),
    ),
  }));

  test("are a text, a problem with line and column, or template_failed", async () => {
    const templates = new Templates();
    const seen = { text: 0, problem: 0, failed: 0 };
    await fc.assert(
      fc.asyncProperty(text, tree, tree, async (source, a, b) => {
        const parsed = templates.parse(source);
        if (!("text" in parsed)) {
          seen.problem += 1;
          return parsed.line >= 1 && parsed.column >= 1 && parsed.problem !== "" && parsed.fix !== "";
        }
        if (parsed.names.some(({ name }) => name !== "a" && name !== "b")) return true;
        const made = await outcomeOf(templates.render(parsed, { a, b }, renderContext()));
        if (made instanceof MountError) seen.failed += 1;
        else seen.text += 1;
        return typeof made === "string" || made.reason === "template_failed";
      }),
      { numRuns: 3000 },
    );
    expect(Object.values(seen).every((count) => count > 20)).toBe(true);
  });
});

describe("names after rewriting", () => {
  const key = fc.stringMatching(/^[ab.-]{1,4}$/u);
  const replace = fc.constantFrom("", "x", "$1", "/", "../", "$0$0");
  const match = fc.constantFrom("a", "^(.)", "[.-]", ".*", "b$", "(a)(b)?");

  test("are a path of its own for each key, or an error", async () => {
    let made = 0;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { minLength: 1, maxLength: 5 }), match, replace, async (keys, from, to) => {
        const db = JSON.stringify(Object.fromEntries(keys.map((name) => [name, name])));
        const rewrite = `rewrite: [{ match: ${JSON.stringify(from)}, replace: ${JSON.stringify(to)} }]`;
        const entry = `- { objectName: db, extract: { ${rewrite} } }`;
        const mounted = await outcomeOf(mountNative({ db }, entry));
        if (mounted instanceof MountError) return ["path_conflict", "path_invalid"].includes(mounted.reason);
        made += 1;
        return Object.keys(mounted.files).length === keys.length;
      }),
      { numRuns: 300 },
    );
    expect(made).toBeGreaterThan(20);
  });
});

describe("many files", () => {
  const names = Array.from({ length: 1000 }, (_, at) => `k${at}`);

  test("of one object, and of a listing", async () => {
    const db = JSON.stringify(Object.fromEntries(names.map((name) => [name, name])));
    const extracted = await mountNative({ db }, "- { objectName: db, extract: true }");
    expect(Object.keys(extracted.files)).toHaveLength(1000);
    const stored = Object.fromEntries(names.map((name) => [name, name]));
    const found = await mountNative(stored, "- { find: { prefix: k, max: 1000 } }");
    expect(found.files).toEqual(stored);
    await expect(mountNative({ ...stored, k1000: "" }, "- { find: { prefix: k, max: 1000 } }")).rejects.toThrow(
      /find matches 1001 objects/u,
    );
  });

  test("of one template each", async () => {
    const entries = names.map((name) => `- { objectAlias: ${name}, template: "${name} {{ db.x }}" }`).join("\n");
    const { files, asked } = await mountNative(
      { db: '{"x":"y"}' },
      `- { objectName: db, as: db, mount: false }\n${entries}`,
    );
    expect(files["k999"]).toBe("k999 y");
    expect(asked).toEqual(["db"]);
  });
});
