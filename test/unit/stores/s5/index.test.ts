import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { createCipheriv, randomBytes } from "node:crypto";
import { parse } from "yaml";
import { createKeyring } from "../../../../src/keys/keyring.ts";
import { createS5Store } from "../../../../src/stores/s5/store.ts";
import { ask, askFound, refusal, refusals } from "../../../fakes/ask-store.ts";
import { sealPgp } from "../../../fakes/seal-pgp.ts";
import { readVector, vectorPath } from "../../../vectors/vectors.ts";
import { connected } from "../../../fakes/connected.ts";

interface Vector {
  readonly name: string;
  readonly provider: string;
  readonly keyHex?: string;
  readonly plain: string;
  readonly token: string;
}

const { vectors, upstreamExampleKey } = JSON.parse(readVector("s5/tokens.json")) as {
  readonly vectors: readonly Vector[];
  readonly upstreamExampleKey: string;
};
const aes = vectors.filter(({ provider }) => provider === "aes");
const folder = mkdtempSync(join(tmpdir(), "keyferry-s5-"));
const key256 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function storeOf(...keys: readonly string[]) {
  const file = join(folder, `keys-${randomBytes(4).toString("hex")}`);
  writeFileSync(file, keys.join("\n"));
  const pgp = { name: "gpg", kind: "pgp", file: vectorPath("keys/pgp-curve-secret.asc"), namespaces: ["team-a"] };
  const s5 = { name: "k0", kind: "s5", file, namespaces: ["team-a"] };
  return connected(createS5Store(), { keyring: createKeyring(keys.length === 0 ? [pgp] : [s5, pgp]) });
}

function seal(plain: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(key256, "hex"), nonce);
  const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `{{ s5:${Buffer.from(`${sealed.toString("hex")}:${nonce.toString("hex")}`).toString("base64")} }}`;
}

const store = storeOf("# a comment", ...new Set(aes.map(({ keyHex = "" }) => keyHex)), upstreamExampleKey);

describe("tokens", () => {
  test.each(aes)("$name", async ({ token, plain }) => {
    expect((await askFound(store, { text: `{{s5:${token}}}\n` })).value.revealText()).toBe(plain);
    expect((await askFound(store, { text: `a: s5://${token}` })).tree?.()).toEqual({ a: plain });
  });

  test("the example of the tool's own documentation", async () => {
    const token = "YTdlOTQ2M2VhNzE1MGQ3NzlkYTRkZGRhOTM1MjEzMDBkOTNjNzY6ODhhNzI2NGUzZTllZjgwYTAyNWVhOWRm";
    expect((await askFound(store, { text: `{{ s5:${token} }}` })).value.revealText()).toBe("foo");
  });

  test("a whole file, byte for byte", async () => {
    const { value } = await askFound(store, { text: readVector("s5/file-aes256.in"), fields: "format: text" });
    expect(value.revealText()).toBe(readVector("s5/file-aes256.rendered"));
  });

  test("text keeps CRLF and all other bytes", async () => {
    const text = `\ta\r\n${seal("x\ny")}\r\n\u2028`;
    expect((await askFound(store, { text, fields: "format: text" })).value.revealText()).toBe("\ta\r\nx\ny\r\n\u2028");
  });

  test("a plaintext is not looked at again, and never becomes structure", async () => {
    const text = `# c\na: "${seal("a: b\nc: d")}"\nb: |\n  ${seal(seal("x"))}\n"${seal("k: y")}": '${seal("1")} 2'\nn: 1\n`;
    const { value, tree } = await askFound(store, { text });
    const expected = { a: "a: b\nc: d", b: expect.stringMatching(/^\{\{ s5:/), "k: y": "1 2", n: 1 };
    expect(parse(value.revealText())).toEqual(expected);
    expect(tree?.()).toEqual(expected);
  });

  test("JSON stays JSON", async () => {
    const text = `{"a": "${seal('"quoted" \\ \u0001')}", "b": [1, "${seal("x")}"]}`;
    const { value } = await askFound(store, { text });
    expect(JSON.parse(value.revealText())).toEqual({ a: '"quoted" \\ \u0001', b: [1, "x"] });
  });

  test("OpenPGP: base64 of the binary message", async () => {
    const sealed = await sealPgp(Buffer.from("from pgp"));
    const text = `a: "{{ s5:${Buffer.from(sealed).toString("base64")} }}"`;
    expect((await askFound(store, { text, fields: "keyService: pgp" })).tree?.()).toEqual({ a: "from pgp" });
    expect(await refusal(store, { text, fields: "keyService: pgp", namespace: "team-b" })).toMatch(
      /^key_not_granted: no OpenPGP key granted to namespace team-b opens/,
    );
  });
});

describe("refused", () => {
  const [good] = aes.filter(({ name }) => name === "aes-256");
  const inner = Buffer.from(good?.token ?? "", "base64").toString("latin1");
  const wrap = (text: string) => Buffer.from(text, "latin1").toString("base64");
  const [sealed = "", nonce = ""] = inner.split(":");

  test.each([
    ["a flipped byte", wrap(inner.replace(/^./, (digit) => (digit === "0" ? "1" : "0")))],
    ["no nonce", wrap(sealed)],
    ["an empty nonce", wrap(`${sealed}:`)],
    ["an odd number of digits", wrap(inner.slice(1))],
    ["no colon", wrap(sealed + nonce)],
    ["three parts", wrap(`${inner}:00`)],
    ["a tag of four bytes", wrap(`${sealed.slice(0, -24)}:${nonce}`)],
    ["nothing but four bytes", wrap(`00000000:${nonce}`)],
    ["no payload", ""],
    ["a backslash", "YQ=\\"],
    ["base64 without padding", (good?.token ?? "").replace(/=+$/, "")],
    ["another key's", aes.find(({ name }) => name === "aes-128")?.token],
  ])("%s", async (_, token = "") => {
    const said = await refusal(storeOf(key256), { text: `a: 1\nb: '{{s5:${token}}}'` });
    expect(said).toBe(
      "document_rejected: the token at line 2 cannot be opened with the keys granted to namespace team-a: " +
        "encrypted with another key or service, or changed since",
    );
  });

  test("one bad token of 300 is named by its line", async () => {
    const text = Array.from({ length: 300 }, (_, at) => (at === 123 ? "{{s5:YQ==}}" : seal(`v${at}`))).join("\n");
    expect(await refusal(store, { text, fields: "format: text" })).toMatch(/the token at line 124 cannot/);
    const good300 = text.replace("{{s5:YQ==}}", seal("x"));
    expect((await askFound(store, { text: good300, fields: "format: text" })).value.revealText()).toMatch(/^v0\nv1\n/);
  });

  test.each([
    ["no token", "a: b", "", "the document has no token"],
    ["near-tokens only", 'a: "{{  s5:YQ== }} {{s5: YQ==}} {s5:YQ==} {{s5:a-b}}"', "", "has no token"],
    ["a token without quotes", `a: 1\nb: ${seal("x")}`, "", "the token at line 2 has no quotes"],
    ["Vault transit", 'a: "{{ s5:vault:v3:YWJj }}"', "", "a token at line 1 is of Vault transit"],
    ["an unknown service", 'a: "{{s5:YQ==}}"', "keyService: age", "it is not a known value"],
    ["501 tokens", "{{s5:YQ==}}".repeat(501), "format: text", "more than 500 tokens"],
    ["broken YAML", 'a: "{{s5:YQ==}}', "", "it is not valid YAML"],
  ])("%s, while parsing", (_, text, fields, problem) => {
    expect(refusals(store, { text, fields }).join("\n")).toContain(problem);
  });

  test("no grant, no readable key, and without any token only if asked for", async () => {
    const text = seal("x");
    expect(await refusal(storeOf(), { text })).toMatch(/^key_not_granted: no key for s5 tokens is granted/);
    expect(await refusal(storeOf("nokey"), { text })).toMatch(/^key_unavailable: key "k0" has a file with a line that/);
    expect(await refusal(storeOf("#"), { text })).toMatch(/^key_unavailable: key "k0" has a file without a key/);
    expect(await refusal(store, { text: "a: b", fields: "requireToken: false" })).toBe("found");
  });

  test("an aborted fetch rejects with the signal's reason", async () => {
    await expect(ask(store, { text: seal("x"), signal: AbortSignal.abort("gone") })).rejects.toBe("gone");
  });
});
