import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import { parseDocument } from "../../../../src/stores/sops/document.ts";
import { openDocument } from "../../../../src/stores/sops/open.ts";
import { treeOf } from "../../../../src/stores/sops/tree.ts";
import { dataKey, seal, sealDocument } from "./seal.ts";

const signal = new AbortController().signal;

async function open(text: string) {
  return treeOf(await openDocument(parseDocument(text, "yaml"), dataKey, signal));
}

const cut = (sealed: string, bytes: number) =>
  sealed.replace(/tag:([^,]+)/, (_, tag: string) => {
    return `tag:${Buffer.from(tag, "base64").subarray(0, bytes).toString("base64")}`;
  });

describe("values", () => {
  const a = seal("v", "a:");

  test.each([4, 8, 12, 13, 14, 15])("a tag of %i bytes is refused", async (bytes) => {
    await expect(open(sealDocument(`a: ${cut(a, bytes)}\n`, ["v"]))).rejects.toMatchObject({
      reason: "document_rejected",
    });
  });

  test("a digest with a short tag is refused", async () => {
    const text = sealDocument(`a: ${a}\n`, ["v"]);
    const short = text.replace(/mac: (.*)/, (_, mac: string) => `mac: ${cut(mac, 12)}`);
    await expect(open(short)).rejects.toMatchObject({ reason: "document_rejected" });
  });

  test.each([
    ["42", "int", 42],
    ["-9223372036854775808", "int", -9223372036854775808n],
    ["True", "bool", true],
    ["0.0000001", "float", 1e-7],
    ["2024-02-29T12:34:56.789+02:00", "time", "2024-02-29T12:34:56.789+02:00"],
    ["text", "bytes", Buffer.from("text")],
  ])("%s of type %s", async (text, type, value) => {
    expect(await open(sealDocument(`a: ${seal(text, "a:", type)}\n`, [text]))).toEqual({ a: value });
  });

  test.each([
    ["9223372036854775808", "int"],
    ["1.5", "int"],
    ["yes", "bool"],
    ["1e999", "float"],
    ["0x1F", "float"],
    ["2024-02-30T00:00:00Z", "time"],
    ["2024-02-29", "time"],
    ["v", "secret"],
  ])("%s is not of type %s, and the error does not show it", async (text, type) => {
    const failed = open(sealDocument(`a: ${seal(text, "a:", type)}\n`, [text]));
    await expect(failed).rejects.toMatchObject({
      reason: "document_rejected",
      message: 'the value at "a" is not of the type it is marked with',
    });
  });

  test("a wrong key and a wrong tag say the same", async () => {
    const other = seal("v", "a:", "str", Buffer.alloc(32, 8));
    const torn = a.replace(/tag:(.)/, (_, first: string) => `tag:${first === "A" ? "B" : "A"}`);
    const messages = await Promise.all(
      [other, torn].map((value) =>
        open(sealDocument(`a: ${value}\n`, ["v"])).catch((error: unknown) => MountError.from(error).message),
      ),
    );
    expect(messages[0]).toBe(messages[1]);
    expect(messages[0]).toContain("cannot be opened");
  });

  test.each([
    ["a number where a text is encrypted", "a: 1\n"],
    ["clear text", "a: clear\n"],
    ["text behind the bracket", `a: "${a} x"\n`],
    ["text before the bracket", `a: "x${a}"\n`],
    ["no padding", `a: ${a.replace(/=+,/, ",")}\n`],
    ["the URL alphabet", `a: ${seal(Buffer.alloc(60, 0xff), "a:").replaceAll("/", "_")}\n`],
  ])("%s is refused", async (_, lines) => {
    await expect(open(sealDocument(lines, ["v"]))).rejects.toMatchObject({ reason: "document_rejected" });
  });
});

describe("the digest", () => {
  test("covers clear values by meaning", async () => {
    const lines = "x_unencrypted: 0x1F\ny_unencrypted: 1.50\nz_unencrypted: {a: [~, '', True]}\n";
    expect(await open(sealDocument(lines, ["31", "1.5", "True"]))).toEqual({
      x_unencrypted: 31,
      y_unencrypted: 1.5,
      z_unencrypted: { a: [null, "", true] },
    });
  });

  test("counts an aliased value each time, with its own path", async () => {
    const lines = "a_unencrypted: &x {k: 1}\nb_unencrypted: *x\n";
    expect(await open(sealDocument(lines, ["1", "1"]))).toEqual({ a_unencrypted: { k: 1 }, b_unencrypted: { k: 1 } });
  });

  test.each([
    ["a value less", ["v"]],
    ["another order", ["w", "v"]],
    ["nothing", []],
  ])("of %s is refused", async (_, texts) => {
    const lines = `a: ${seal("v", "a:")}\nb: ${seal("w", "b:")}\n`;
    await expect(open(sealDocument(lines, texts))).rejects.toMatchObject({
      message: "its mac does not match its values: it was changed after encryption",
    });
  });

  test("releases nothing of a document that aborts half-way", async () => {
    const lines = Array.from({ length: 500 }, (_, at) => `k${at}: ${seal("v", `k${at}:`)}\n`).join("");
    const document = parseDocument(sealDocument(lines, Array<string>(500).fill("v")), "yaml");
    const abort = new AbortController();
    const opening = openDocument(document, dataKey, abort.signal);
    abort.abort("stop");
    await expect(opening).rejects.toBe("stop");
  });

  test("a value under __proto__ is a value like any other", async () => {
    const tree = await open(sealDocument("__proto__: {x_unencrypted: 1}\n", ["1"]));
    expect(JSON.stringify(tree)).toBe('{"__proto__":{"x_unencrypted":1}}');
  });

  test("with mac_only_encrypted starts from its own value and leaves clear ones out", async () => {
    const start = Buffer.from("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69", "hex");
    const digest = createHash("sha512").update(start).update("v").digest("hex").toUpperCase();
    const lines = `a: ${seal("v", "a:")}\nb_unencrypted: any\n`;
    const text = sealDocument(lines, [], "    mac_only_encrypted: true\n");
    const sealed = text.replace(/mac: .*/, `mac: ${seal(digest, "2025-03-01T10:20:30Z")}`);
    expect(await open(sealed)).toEqual({ a: "v", b_unencrypted: "any" });
  });
});

describe("rules", () => {
  const enc = (path: string) => JSON.stringify(seal("v", path));
  test.each([
    ["unencrypted_suffix: _c", `a_c: v\nb: {x_c: v, y: ${enc("b:y:")}}\n`],
    ["encrypted_suffix: _s", `a: v\nb_s: {x: ${enc("b_s:x:")}}\nc: {y_s: ${enc("c:y_s:")}}\n`],
    ["unencrypted_regex: ^pub", `public: {a: v}\nb: ${enc("b:")}\nc: ${enc("c:")}\n`],
    ["encrypted_regex: (?i)^(data|stringData)$", `Data: {x: [${enc("Data:x:")}]}\nkind: v\nx: v\n`],
    ["encrypted_regex: (?P<n>pass)", `my_password: ${enc("my_password:")}\nkind: v\nx: v\n`],
    ["encrypted_comment_regex: sops:enc", `# sops:enc\na: ${enc("a:")}\nb: v\nc: v\n`],
    ["unencrypted_comment_regex: clear", `a: ${enc("a:")}\n# clear\nb: v\nc: ${enc("c:")}\n`],
  ])("%s", async (rule, lines) => {
    const tree = await open(sealDocument(lines, ["v", "v", "v"], `    ${rule}\n`));
    expect(JSON.stringify(tree)).not.toContain("ENC");
  });

  test("a pattern that makes other engines backtrack is fast", async () => {
    const key = "a".repeat(1000);
    const rule = `    encrypted_regex: "^(a+)+b"\n`;
    expect(await open(sealDocument(`${key}: v\n`, ["v"], rule))).toEqual({ [key]: "v" });
  });
});
