import { describe, expect, test } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";
import { encrypt, type EncryptOptions } from "../../../../src/cli/encrypt/encrypt.ts";
import { createKeyferryDialect } from "../../../../src/dialects/keyferry/index.ts";
import { createSopsStore, type FormatName } from "../../../../src/stores/sops/store.ts";
import { lintTexts } from "../../../fakes/linting.ts";
import { askFound } from "../../stores/sops/asking.ts";
import { readVector } from "../../stores/sops/vectors.ts";

const age1 = "age18yjqjrey0vpgelrj5ca7tudscy6x0uq9x7pqu8da77ts09uj6eaqsr9jm6";
const ssh = (name: string) => readVector(`keys/${name}.pub`).trim();
const none = { rule: undefined, format: undefined, name: undefined, namespace: undefined, output: undefined };

async function run(plain: string | Uint8Array | undefined, options: Partial<EncryptOptions> = {}) {
  const [out, err] = [[] as string[], [] as string[]];
  const created = new Map<string, string>();
  const status = await encrypt(
    { file: "app.yaml", recipients: [age1], as: "sops", macOnlyEncrypted: false, ...none, ...options },
    {
      read: () => (plain === undefined ? Promise.reject(new Error("no")) : Promise.resolve(Buffer.from(plain))),
      create: (file, content) => {
        if (file === "there") return Promise.reject(Object.assign(new Error("no"), { code: "EEXIST" }));
        if (file.startsWith("/no")) return Promise.reject(new Error("no"));
        created.set(file, Buffer.from(content).toString("utf8"));
        return Promise.resolve();
      },
      out: (text) => out.push(text),
      err: (text) => err.push(text),
      now: () => Date.parse("2026-01-02T03:04:05.678Z"),
    },
  );
  return { status, out: out.join(""), err: err.join(""), created };
}

const parseAll = (bytes: string | Uint8Array) =>
  parseAllDocuments(Buffer.from(bytes).toString("utf8")).map((one) => one.toJS() as unknown);

const yaml =
  "user: alice\nport: 5432\nratio: 1.50\non: true\nday: 2024-01-02T00:00:00Z\nempty: ''\nnothing: null\nlist: [a, {b: c}]\n";

describe("encrypt", () => {
  test.each<readonly [FormatName, string, string | Uint8Array]>([
    ["yaml", "app.yaml", yaml],
    ["yaml", "app.yml", "a: x\n---\nb: y\n"],
    ["json", "app.json", '{\n\t"a": "x",\n\t"n": 9007199254740993,\n\t"l": [1, null, {}]\n}\n'],
    ["dotenv", "app.env", "A=x\nB=a=b # c\nEMPTY=\nMULTI=one\\ntwo\n"],
    ["ini", "app.ini", "[one]\na = `x; y`\n\n[two]\nb = z\n"],
    ["binary", "app.bin", Uint8Array.from({ length: 256 }, (_, byte) => byte)],
  ])("%s, told from %s, opens to the same", async (format, file, plain) => {
    const { status, out, err } = await run(plain, { file });
    expect({ status, err }).toEqual({ status: 0, err: `encrypted as ${format} for 1 recipient\n` });
    expect(out).not.toMatch(/alice|5432|=x\n/);
    expect(out).toMatch(/2026-01-02T03:04:05Z/);
    const opened = await askFound({ text: out, format, keys: ["age-1.txt"] });
    const again = await run(opened.value.reveal(), { file });
    const twice = await askFound({ text: again.out, format, keys: ["age-1.txt"] });
    expect(twice.value.reveal()).toEqual(opened.value.reveal());
    const compact = (bytes: string | Uint8Array) => Buffer.from(bytes).toString("latin1").replace(/[\s`]/g, "");
    const meaning = format === "yaml" ? (bytes: string | Uint8Array) => parseAll(bytes) : compact;
    expect(meaning(opened.value.reveal())).toEqual(meaning(plain));
  });

  test("keeps every value and type of a YAML file", async () => {
    const { out } = await run(yaml);
    const opened = await askFound({ text: out, keys: ["age-1.txt"] });
    expect(parse(opened.value.revealText())).toEqual(parse(yaml));
    expect(parse(out)).toMatchObject({
      port: expect.stringMatching(/type:int\]$/),
      ratio: expect.stringMatching(/type:float\]$/),
      on: expect.stringMatching(/type:bool\]$/),
      day: expect.stringMatching(/type:time\]$/),
      empty: "",
      nothing: null,
      sops: { unencrypted_suffix: "_unencrypted", version: "3.11.0" },
    });
  });

  test.each([
    ["ssh_ed25519", "ssh_ed25519"],
    ["ssh_rsa", "ssh_rsa"],
  ])("for an SSH key: %s", async (name, key) => {
    const { out } = await run("a: x\n", { recipients: [age1, ssh(name)] });
    expect((await askFound({ text: out, keys: [key] })).value.revealText()).toBe("a: x\n");
  });

  test.each([
    ["encrypted-regex", "^(?i)SECRET", ["secret"]],
    ["unencrypted-regex", "^plain", ["secret", "other_enc"]],
    ["encrypted-suffix", "_enc", ["other_enc"]],
    ["unencrypted-suffix", "_enc", ["secret", "plain"]],
  ] as const)("--%s %s encrypts only what it says", async (flag, value, encrypted) => {
    const text = "secret: x\nplain: v\nother_enc: z\n";
    const { out } = await run(text, { rule: { flag, value } });
    const document = parse(out) as Readonly<Record<string, string>>;
    const sealed = ["secret", "plain", "other_enc"].filter((name) => document[name]?.startsWith("ENC["));
    expect(sealed).toEqual(encrypted);
    expect((await askFound({ text: out, keys: ["age-1.txt"] })).value.revealText()).toBe(text);
  });

  test("mac-only-encrypted lets clear values change, and nothing else does", async () => {
    const rule = { flag: "encrypted-regex", value: "^secret$" } as const;
    const changed = async (macOnlyEncrypted: boolean) => {
      const { out } = await run("secret: x\nplain: one\n", { rule, macOnlyEncrypted });
      return askFound({ text: out.replace("plain: one", "plain: two"), keys: ["age-1.txt"] });
    };
    expect((await changed(true)).value.revealText()).toBe("secret: x\nplain: two\n");
    await expect(changed(false)).rejects.toThrow(/mac does not match/);
  });

  test.each([
    ["an unreadable file", undefined, {}, "the file cannot be read"],
    ["a file that is encrypted already", readVector("sops/yaml-types.enc.yaml"), {}, "encrypted already"],
    ["the metadata's key", "a: x\n---\nsops: y\n", {}, 'top-level key "sops"'],
    ["the metadata's key in JSON", '{"sops": 1}', { file: "a.json" }, 'top-level key "sops"'],
    ["a value that is encrypted already", "a: ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]\n", {}, "already"],
    ["broken YAML", "s3cret: [\n", {}, "not valid YAML at line"],
    ["no UTF-8", Uint8Array.of(0x61, 0x3a, 0x20, 0xff), {}, "it is not UTF-8"],
    ["an empty binary", "", { file: "x" }, "it is empty"],
    ["too much", "x".repeat(1024 * 1024 + 1), { file: "x" }, "larger than 1048576 bytes"],
    ["a broken pattern", "a: x\n", { rule: { flag: "encrypted-regex", value: "(?=a)" } as const }, "RE2"],
    ["standard input without a form", "a: x\n", { file: "-" }, "--format"],
    ["an unknown form", "a: x\n", { format: "toml" }, "--format is one of"],
    ["a private key", "a: x\n", { recipients: ["AGE-SECRET-KEY-1QQQQ"] }, "recipient 1 is not an age recipient"],
    ["a plugin's recipient", "a: x\n", { recipients: [age1, "age1yubikey1qqqq"] }, "recipient 2 is not"],
    ["half an SSH key", "a: x\n", { recipients: ["ssh-ed25519 AAAAC3NzaC1lZDI1"] }, "recipient 1 is not"],
    ["an output that is there", "a: x\n", { output: "there" }, "there is there already"],
    ["an output that cannot be", "a: x\n", { output: "/no/where" }, "/no/where cannot be written"],
    ["a bad name", "a: x\n", { as: "secretproviderclass", name: "A B" } as const, "the name of the"],
  ])("%s is refused, with nothing written or shown", async (_, plain, options, problem) => {
    const { status, out, err, created } = await run(plain, options);
    expect({ status, out, created: created.size }).toEqual({ status: 1, out: "", created: 0 });
    expect(err).toContain(problem);
    expect(err).not.toMatch(/s3cret|SECRET/);
  });

  test.each([
    ["app.yaml", yaml, "app"],
    ["Objects.json", '{"a":"x"}', "objects-document"],
    ["db creds.env", "A=x\n", "db-creds"],
    ["tls.key", "-----BEGIN\n", "tls"],
  ])("as a SecretProviderClass %s lints clean and opens", async (file, plain, parameter) => {
    const { out, created } = await run(plain, {
      file: `/some/${file}`,
      as: "secretproviderclass",
      namespace: "shop",
      output: "spc.yaml",
    });
    expect(out).toBe("");
    const text = created.get("spc.yaml") ?? "";
    const manifest = parse(text) as { readonly spec: { readonly parameters: Readonly<Record<string, string>> } };
    const { objects = "", [parameter]: document } = manifest.spec.parameters;
    const store = createSopsStore({ refuseOlder: false });
    const dialects = [createKeyferryDialect({ stores: [store], operatorStores: [] })];
    expect(await lintTexts({ x: text }, dialects)).toMatchObject({ code: 0, out: "" });
    const [object] = parse(objects) as readonly [{ readonly format?: FormatName; readonly objectAlias: string }];
    expect(object.objectAlias).toBe(file);
    const opened = await askFound({ text: document, format: object.format ?? "yaml", keys: ["age-1.txt"] });
    expect(opened.value.size).toBeGreaterThan(0);
  });
});
