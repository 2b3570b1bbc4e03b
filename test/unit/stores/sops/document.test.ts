import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parseDocument } from "../../../../src/stores/sops/document.ts";
import { formats, sniffFormat } from "../../../../src/stores/sops/formats/index.ts";
import { openDocument } from "../../../../src/stores/sops/open.ts";
import { treeOf } from "../../../../src/stores/sops/tree.ts";
import type { Tree } from "../../../../src/model/outcome.ts";
import { readIndex, readPlain, readVector, vectorPath, type Vector } from "./vectors.ts";

const signal = new AbortController().signal;
const rows = readIndex("sops/index.json");
const good = rows.filter(([, vector]) => vector.expect !== "reject");
const bad = rows.filter(([, vector]) => vector.expect === "reject");

async function opened({ file, format, datakey }: Vector) {
  const document = parseDocument(readVector(`sops/${file}`), format);
  return openDocument(document, Buffer.from(datakey, "base64"), signal);
}

/** Floats without a fraction are written as whole numbers, so numbers are compared by their text. */
function byMeaning(tree: Tree): unknown {
  if (typeof tree === "bigint" || typeof tree === "number") return String(tree);
  if (Array.isArray(tree)) return (tree as readonly Tree[]).map(byMeaning);
  if (tree instanceof Uint8Array || tree === null || typeof tree !== "object") return tree;
  return Object.entries(tree as Readonly<Record<string, Tree>>).map(([key, value]) => [key, byMeaning(value)]);
}

function exact(tree: Tree): unknown {
  return JSON.stringify(tree, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
}

describe("documents of the original program, opened with their data key", () => {
  const texts = good.filter(([, vector]) => vector.format !== "binary");

  test.each(texts)("%s means the plain file", async (_, vector) => {
    const documents = await opened(vector);
    const plain = readPlain(readVector(`sops/${vector.plain ?? ""}`), vector.format);
    expect(documents.map((one) => byMeaning(treeOf([one])))).toEqual(plain.map((one) => byMeaning(treeOf([one]))));
  });

  test.each(texts)("%s is emitted so that it reads back the same", async (_, vector) => {
    const documents = await opened(vector);
    const text = Buffer.from(formats[vector.format].emit(documents)).toString("utf8");
    const again = readPlain(text, vector.format);
    expect(again.map((one) => byMeaning(treeOf([one])))).toEqual(documents.map((one) => byMeaning(treeOf([one]))));
    expect(text).not.toContain("sops_");
  });

  test.each(good.filter(([, vector]) => vector.plainJson !== undefined))("%s gives the tree", async (_, vector) => {
    const json = readPlain(readVector(`sops/${vector.plainJson ?? ""}`), "json");
    expect(exact(treeOf(await opened(vector)))).toBe(exact(treeOf(json)));
  });

  test.each(good.filter(([, vector]) => vector.format === "binary"))("%s keeps every byte", async (_, vector) => {
    const bytes = Buffer.from(formats.binary.emit(await opened(vector)));
    expect(bytes.equals(readFileSync(vectorPath(`sops/${vector.plain ?? ""}`)))).toBe(true);
  });

  test.each(bad)("%s is refused", async (_, vector) => {
    await expect(Promise.resolve().then(() => opened(vector))).rejects.toMatchObject({ reason: "document_invalid" });
  });

  test.each(good.filter(([, vector]) => vector.format !== "binary"))("%s shows its format", (_, vector) => {
    expect(sniffFormat(readVector(`sops/${vector.file}`).replace(/^\ufeff/, ""))).toBe(vector.format);
  });

  test("a JSON text is also YAML", async () => {
    const [row] = rows.flatMap(([name, vector]) => (name === "json-types" ? [vector] : []));
    const documents = row && (await opened({ ...row, format: "yaml" }));
    expect(exact(treeOf(documents ?? []))).toContain("9007199254740993n");
  });
});
