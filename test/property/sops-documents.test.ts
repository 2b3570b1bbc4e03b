import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { MountError } from "../../src/model/error.ts";
import { parseDocument } from "../../src/stores/sops/document.ts";
import { formatNames, formats, type FormatName } from "../../src/stores/sops/formats/index.ts";
import type { MapNode, Node } from "../../src/stores/sops/node.ts";
import { openDocument } from "../../src/stores/sops/open.ts";
import { treeOf } from "../../src/stores/sops/tree.ts";
import { readIndex, readVector } from "../unit/stores/sops/vectors.ts";

const signal = new AbortController().signal;
const index = new Map(readIndex("sops/index.json"));

/** The tree as text, or `refused`; anything but a MountError is let through and fails the test. */
async function outcome(text: string, format: FormatName, key: string): Promise<string> {
  try {
    const documents = await openDocument(parseDocument(text, format), Buffer.from(key, "base64"), signal);
    return JSON.stringify(
      documents.map((one) => treeOf([one])),
      (_, value: unknown) => {
        return typeof value === "bigint" ? `${value}n` : value;
      },
    );
  } catch (thrown) {
    if (thrown instanceof MountError) return "refused";
    throw thrown;
  }
}

test.each(["yaml-types", "json-types", "dotenv-basic", "ini-sections-colon", "binary-json-doc", "yaml-list-comments"])(
  "%s: any character changed in any encrypted value is refused, or changes nothing but a type",
  async (name) => {
    const { file = "", format = "yaml", datakey = "" } = index.get(name) ?? {};
    const text = readVector(`sops/${file}`);
    const plain = await outcome(text, format, datakey);
    const places = [...text.matchAll(/ENC\[[^\]]*(?=,type)/g)].flatMap((match) => {
      return Array.from(match[0], (_, at) => match.index + at);
    });
    const letters = fc.constantFrom("A", "Q", "g", "w", "/", "+", "=", ",", ":", "0", "9", "[");
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), letters, async (at, letter) => {
        const changed = text.slice(0, at) + letter + text.slice(at + 1);
        expect(["refused", plain]).toContain(await outcome(changed, format, datakey));
      }),
      { numRuns: 150 },
    );
  },
);

test("no text makes a parser throw anything but its own error", () => {
  const pieces = fc.constantFrom("sops", "_mac=", ":", " ", "\n", "[", "]", "{", "}", '"', "'", "- ", "&a ", "*a", "<<", "!!int ", "ENC[", "1", "0x", ",", "---\n", "#", "\\", "`", "=", "\t", "\r\n", "__list_0__map_", "|\n", "%YAML 1.1\n"); // prettier-ignore
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces, { maxLength: 30 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(texts, fc.constantFrom(...formatNames, undefined), (text, format) => {
      let thrown: unknown = new MountError("document_invalid", "");
      try {
        parseDocument(text, format);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(MountError);
    }),
    { numRuns: 500 },
  );
});

const scalars: fc.Arbitrary<Node> = fc.oneof(
  fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("yes", "0x1", "1e3", "2024-01-01", "~", "a: b", "a #b", "-", "\u2028", "\r\n"))
    .map((text): Node => ({ kind: "text", text: text.toWellFormed() })), // prettier-ignore
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value): Node => ({ kind: "int", value })),
  fc.boolean().map((value): Node => ({ kind: "bool", value })),
  fc.constant<Node>({ kind: "null" }),
);
const keys = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }).map((key) => key.toWellFormed()),
  fc.string({ minLength: 1010, maxLength: 1100 }),
);
const { root } = fc.letrec<{ root: MapNode; node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    scalars,
    tie("root"),
    fc.array(tie("node"), { maxLength: 3 }).map((items): Node => ({ kind: "list", items })),
  ),
  root: fc
    .uniqueArray(fc.tuple(keys, tie("node")), { maxLength: 4, selector: ([key]) => key })
    .map((pairs): MapNode => ({ kind: "map", entries: pairs.map(([key, value]) => ({ key, value })) })),
}));

test("what is emitted as JSON or YAML reads back the same, here and by YAML 1.1 and 1.2 readers", () => {
  fc.assert(
    fc.property(root, (map) => {
      fc.pre(map.entries.every(({ key }) => key !== "sops"));
      const tree = treeOf([map]);
      const json = Buffer.from(formats.json.emit([map])).toString("utf8");
      const yaml = Buffer.from(formats.yaml.emit([map])).toString("utf8");
      expect(treeOf(formats.json.parse(json).documents)).toEqual(tree);
      expect(treeOf(formats.yaml.parse(yaml).documents)).toEqual(tree);
      for (const version of ["1.1", "1.2"] as const) {
        const [document] = parseAllDocuments(yaml, { version, uniqueKeys: false, merge: false });
        expect(plainly(document?.toJS({ mapAsMap: true }))).toEqual(plainly(tree));
      }
    }),
    { numRuns: 200 },
  );
});

/** Maps and objects as lists of pairs, numbers as doubles: what another reader can keep. */
function plainly(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plainly);
  if (typeof value !== "object" || value === null) return value;
  const pairs: (readonly [unknown, unknown])[] = value instanceof Map ? [...value] : Object.entries(value);
  return pairs.map(([key, item]) => [key, plainly(item)]).sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}
