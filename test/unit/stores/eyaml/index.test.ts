import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { createEyamlStore } from "../../../../src/stores/eyaml/store.ts";
import { ask, askFound, refusal, refusals } from "../../../fakes/ask-store.ts";
import { readVector } from "../../../vectors/vectors.ts";
import { keyringOf } from "../inline-keyring.ts";
import { connected } from "../../../fakes/connected.ts";

const keyFile = (name: string) => ({ file: `eyaml/${name}.pkcs7.pem`, acceptUnauthenticated: true });
const storeOf = (...keys: readonly { readonly file: string; readonly acceptUnauthenticated?: boolean }[]) =>
  connected(createEyamlStore(), { keyring: keyringOf("eyaml", ...keys) });
const one = storeOf(keyFile("private_key"));
const both = storeOf(keyFile("private_key"), keyFile("private_key2"));
const text = readVector("eyaml/data.eyaml");
const block = /ENC\[PKCS7,([A-Za-z0-9+/=]+)\]/.exec(text)?.[1] ?? "";
const message = Buffer.from(block, "base64");
const enc = (bytes: Buffer) => `ENC[PKCS7,${bytes.toString("base64")}]`;

describe("documents", () => {
  test("data.eyaml gives what eyaml gives, as data and as YAML", async () => {
    const expected: unknown = JSON.parse(readVector("eyaml/data.expected.json"));
    const { value, tree } = await askFound(one, { text });
    expect(JSON.parse(JSON.stringify(tree?.()))).toEqual(expected);
    expect(parse(value.revealText())).toEqual(expected);
  });

  test("another key: tried after the first, refused without it", async () => {
    const other = readVector("eyaml/data-key2.eyaml");
    expect((await askFound(both, { text: other })).tree?.()).toEqual({ other: "second key" });
    expect(await refusal(one, { text: other })).toMatch(/^document_rejected: the value at line \d cannot be opened/);
  });

  test("a document that is one block is its plaintext", async () => {
    expect((await askFound(one, { text: enc(message) })).value.revealText()).toBe("hello world");
  });

  test("values of SOPS and blocks in keys and comments stay", async () => {
    const sops = "ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]";
    const { value } = await askFound(one, {
      text: `a: ${sops}\n"${enc(message)}": b\n# ${enc(message)}\nc: ${enc(message)}\n`,
    });
    expect(value.revealText()).toBe(`a: ${sops}\n"${enc(message)}": b\n# ${enc(message)}\nc: "hello world"\n`);
  });
});

describe("the operator's word", () => {
  test.each([
    ["no key", storeOf()],
    ["a key without acceptUnauthenticated", storeOf({ file: "eyaml/private_key.pkcs7.pem" })],
  ])("%s opens nothing", async (_, store) => {
    expect(await refusal(store, { text })).toMatch(
      /^key_not_granted: (?:this provider is configured without any key|no key for eyaml is granted to namespace team-a)/,
    );
  });

  test("another namespace opens nothing", async () => {
    expect(await refusal(one, { text, namespace: "team-b" })).toMatch(/^key_not_granted/);
  });

  test("a key file that is gone", async () => {
    expect(await refusal(storeOf({ file: "/gone", acceptUnauthenticated: true }), { text })).toMatch(
      /^key_unavailable/,
    );
  });
});

describe("damage", () => {
  const flipped = (at: number) => {
    const copy = Buffer.from(message);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
  const indefinite = Buffer.concat([Buffer.from("3080", "hex"), message.subarray(4), Buffer.alloc(2)]);

  test.each([
    ["the last block cut", message.subarray(0, -16)],
    ["the last byte flipped", flipped(message.length - 1)],
    ["the encrypted key flipped", flipped(100)],
    [
      "the first byte of the encrypted key set",
      Buffer.concat([message.subarray(0, 63), Buffer.from([255]), message.subarray(64)]),
    ],
    ["cut in the middle", message.subarray(0, 200)],
    ["bytes after the end", Buffer.concat([message, Buffer.alloc(1)])],
    ["an indefinite length", indefinite],
    ["nothing", Buffer.alloc(0)],
    ["one byte", Buffer.alloc(1)],
    [
      "an unknown cipher",
      Buffer.from(message.toString("hex").replace("60864801650304012a", "60864801650304012b"), "hex"),
    ],
    ["3DES", Buffer.from(message.toString("hex").replace("60864801650304012a", "2a864886f70d030700"), "hex")],
  ])("%s is refused alike", async (_, bytes) => {
    const said = await refusal(one, { text: `a: ${bytes.length === 0 ? "ENC[PKCS7,=]" : enc(bytes)}` });
    expect(said).toBe(
      "document_rejected: the value at line 1 cannot be opened with the keys granted to namespace team-a: " +
        "encrypted for another key, of a form that is not supported, or changed since",
    );
  });

  test.each([
    ["another scheme", "a: ENC[GPG,aGVsbG8=]", "another scheme than PKCS7"],
    ["nothing encrypted", "a: b", "nothing in the document is encrypted"],
    ["a value of SOPS only", "a: ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]", "nothing in the document is"],
    ["no YAML", "a: [", "it is not valid YAML at line"],
    ["two documents", "a: 1\n---\nb: 2\n", "more than one YAML document"],
    ["501 blocks", `a: "${"ENC[YQ==]".repeat(501)}"`, "more than 500 encrypted blocks"],
  ])("%s is refused while parsing", (_, document, problem) => {
    expect(refusals(one, { text: document }).join("\n")).toContain(problem);
  });

  test("without any block only if asked for", async () => {
    expect(await refusal(one, { text: "a: b", fields: "requireToken: false" })).toBe("found");
  });

  test("an aborted fetch rejects with the signal's reason", async () => {
    await expect(ask(one, { text, signal: AbortSignal.abort("gone") })).rejects.toBe("gone");
  });
});
