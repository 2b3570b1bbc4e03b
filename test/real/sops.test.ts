import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { parse as parseYaml } from "yaml";
import { encrypt as encryptHere, type EncryptOptions } from "../../src/cli/encrypt/encrypt.ts";
import { createKeyring } from "../../src/keys/keyring.ts";
import { createSopsStore } from "../../src/stores/sops/store.ts";
import { createFields } from "../unit/stores/sops/asking.ts";
import { goProgram } from "./tools.ts";
import { connected, sessionFor } from "../fakes/connected.ts";
import { compute } from "../fakes/compute.ts";

const vectors = join(dirname(fileURLToPath(import.meta.url)), "..", "vectors", "keys");
const recipients = ["age-1", "age-2", "age-3"].map(
  (name) => /public key: (age1\w+)/.exec(readFileSync(join(vectors, `${name}.txt`), "utf8"))?.[1] ?? "",
);
const program = goProgram("github.com/getsops/sops/v3/cmd/sops", "v3.13.3");
const pod = { name: "web-0", namespace: "shop", uid: "u", serviceAccount: "web" };

type Format = "yaml" | "json" | "dotenv" | "ini" | "binary";

interface Run {
  readonly text: string;
  readonly format: Format;
  readonly flags?: readonly string[];
  /** Text of a `.sops.yaml` beside the file. */
  readonly config?: string;
}

function sops(words: readonly string[], cwd: string): string {
  const env = { ...process.env, SOPS_AGE_KEY_FILE: join(vectors, "age-1.txt") };
  const { status, stdout, stderr } = spawnSync(program ?? "", words, { cwd, env, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function encrypt({ text, format, flags = ["--age", recipients[0] ?? ""], config }: Run): string {
  const folder = mkdtempSync(join(tmpdir(), "kf-sops-"));
  writeFileSync(join(folder, "plain"), text);
  if (config !== undefined) writeFileSync(join(folder, ".sops.yaml"), config);
  return sops(["--encrypt", "--input-type", format, "--output-type", format, ...flags, "plain"], folder);
}

async function open(text: string, format: Format, keys: readonly string[] = ["age-1"]): Promise<string> {
  const sources = keys.map((name) => ({ name, kind: "age", file: join(vectors, `${name}.txt`), namespaces: ["shop"] }));
  const store = connected(createSopsStore({ refuseOlder: false }), { keyring: createKeyring(sources), compute });
  const fields = createFields(format);
  const { ref } = store.store.language.object(fields, { objectName: "app", carried: () => text }, {});
  const session = sessionFor(store.store, {}, pod);
  const [outcome] = await store.connection.fetch([ref], session, new AbortController().signal);
  if (outcome?.kind === "found") return outcome.value.revealText();
  throw new Error(outcome?.kind === "failed" ? outcome.error.text : JSON.stringify(fields.refused));
}

/** Texts that the program writes and we must read to the same meaning. */
const yamlTexts: readonly (readonly [string, string])[] = [
  ["scalars", "a: x\nb: 1\nc: -7\nd: 1.5\ne: true\nf: null\ng: ''\nh: 9007199254740993\ni: 2024-01-02\nj: 0.0000001\n"],
  ["nesting and lists", "a:\n  b:\n    - c: x\n      d: [1, 2, [3]]\n    - {}\n    - []\ne: {f: {g: h}}\n"],
  ["comments everywhere", "# top\na: x # behind\n# between\nb:\n  # in a map\n  - y\n  # in a list\n  - z\n"],
  ["block scalars", "a: |\n  one\n  two\nb: >\n  folded\n  text\nc: |-\n  stripped\n"],
  ["floats", "a: 1000000.0\nb: 5.0\nc: 1e21\nd: 1234567.5\ne: 1e-7\nf: 1e19\ng: -2.50\n"],
  ["lists with comments", "a:\n  # one\n  - x # two\n  # three\n  - y\n"],
  ["odd keys", "'a:b': x\n'': y\n'ключ ☃': z\n"],
  ["anchors", "a: &x\n  k: v\nb: *x\nc:\n  <<: *x\n  l: w\n"],
  ["several documents", "a: x\n---\nb: y\n---\n- z\n".replace("- z\n", "c: z\n")],
  [
    "quoted and odd text",
    "a: \"tab\\there\"\nb: 'yes'\nc: yes\nd: 'ENC[x]'\ne: \"\\u00e9\\U0001F600\"\nf: ' padded '\n",
  ],
];

(program === undefined ? describe.skip : describe)("documents of the sops program", () => {
  test.each(yamlTexts)("YAML with %s opens to the same meaning", async (_, text) => {
    const enc = encrypt({ text, format: "yaml" });
    const folder = mkdtempSync(join(tmpdir(), "kf-sops-"));
    writeFileSync(join(folder, "enc"), enc);
    const theirs = sops(["--decrypt", "--input-type", "yaml", "--output-type", "yaml", "enc"], folder);
    expect(documentsOf(await open(enc, "yaml"))).toEqual(documentsOf(theirs));
  });

  test.each<readonly [Format, string, string]>([
    ["json", '{"a": "x", "b": [1, 2.5, true, null, {"c": ""}], "d": -9007199254740991}', ""],
    ["dotenv", "A=x\nB=a=b # no comment\nC=\n", "A=x\nB=a=b # no comment\nC=\n"],
    ["ini", "[one]\na = x\n\n[two]\nb = y z\n", ""],
    ["binary", "\u0001 any bytes\n\n", "\u0001 any bytes\n\n"],
  ])("%s opens to the same meaning", async (format, text, exactly) => {
    const opened = await open(encrypt({ text, format }), format);
    const meaning = format === "json" ? compact : (one: string) => one.replace(/[ \t]*=[ \t]*/g, "=").trim();
    expect(format === "binary" || format === "dotenv" ? opened : meaning(opened)).toBe(
      exactly === "" ? meaning(text) : exactly,
    );
  });

  test.each([
    'a = 1\nlonger = "x" and "y"\n\n[sec]\nk = "q"\nempty =\n\n[sec]\nk2 = v\n\n[DEFAULT]\nz = 1\n',
    '[one]\na = `with ; and #`\nb = """x\ny"""\nlong key = \' v \'\n[two]\n',
    "[DEFAULT]\na = b\n[sec]\nc : d # e\n",
  ])("INI comes out byte for byte: %j", async (text) => {
    const enc = encrypt({ text, format: "ini" });
    const folder = mkdtempSync(join(tmpdir(), "kf-sops-"));
    writeFileSync(join(folder, "enc"), enc);
    const theirs = sops(["--decrypt", "--input-type", "ini", "--output-type", "ini", "enc"], folder);
    expect(await open(enc, "ini")).toBe(theirs.replaceAll(/^[;#].*\n/gm, ""));
  });

  test.each([
    ["--unencrypted-suffix", "_clear"],
    ["--encrypted-suffix", "_enc"],
    ["--encrypted-regex", "^(?i)(DATA|secret_enc)$"],
    ["--unencrypted-regex", "^plain"],
  ])("%s %s is followed", async (flag, value) => {
    const text = "data: x\nplain: y\na_clear: 1.50\nsecret_enc: z\nnested:\n    plainer: 0x1F\n    more_clear: true\n";
    const enc = encrypt({ text, format: "yaml", flags: ["--age", recipients[0] ?? "", flag, value] });
    expect(parseYaml(await open(enc, "yaml"))).toEqual(parseYaml(text));
  });

  test("--mac-only-encrypted leaves clear values out of the MAC, and only then", async () => {
    const flags = ["--age", recipients[0] ?? "", "--unencrypted-suffix", "_clear"];
    const changed = (more: readonly string[]) => {
      const enc = encrypt({ text: "a: x\nb_clear: plain\n", format: "yaml", flags: [...flags, ...more] });
      return open(enc.replace("b_clear: plain", "b_clear: other"), "yaml");
    };
    expect(parseYaml(await changed(["--mac-only-encrypted"]))).toEqual({ a: "x", b_clear: "other" });
    await expect(changed([])).rejects.toThrow(/changed after|MAC/);
  });

  test("Shamir groups need as many as their threshold", async () => {
    const groups = recipients.map((recipient) => `      - age: ["${recipient}"]\n`).join("");
    const config = `creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n${groups}`;
    const enc = encrypt({ text: "a: x\n", format: "yaml", flags: [], config });
    await expect(open(enc, "yaml", ["age-2"])).rejects.toThrow(/opened 1 of 2/);
    expect(await open(enc, "yaml", ["age-2", "age-3"])).toBe("a: x\n");
  });
});

function documentsOf(text: string): readonly unknown[] {
  return text.split(/^---$/m).map((one) => parseYaml(one, { merge: true, intAsBigInt: true }) as unknown);
}

function compact(text: string): string {
  return text.replace(/\s+/g, "");
}

(program === undefined ? describe.skip : describe)("documents of keyferry encrypt", () => {
  const files: Readonly<Record<Format, string>> = { yaml: "a.yaml", json: "a.json", dotenv: "a.env", ini: "a.ini", binary: "a.bin" }; // prettier-ignore

  async function sealHere(plain: string, format: Format, more: Partial<EncryptOptions> = {}): Promise<string> {
    const said: string[] = [];
    const options: EncryptOptions = {
      file: files[format],
      recipients: [recipients[0] ?? ""],
      as: "sops",
      macOnlyEncrypted: false,
      ...{ rule: undefined, format: undefined, name: undefined, namespace: undefined, output: undefined },
      ...more,
    };
    const status = await encryptHere(options, {
      read: () => Promise.resolve(Buffer.from(plain, "latin1")),
      create: () => Promise.reject(new Error("not asked for")),
      out: (text) => said.push(text),
      err: () => undefined,
      now: () => Date.parse("2026-01-02T03:04:05Z"),
    });
    if (status !== 0) throw new Error("not encrypted");
    return said.join("");
  }

  function openThere(text: string, format: Format, keyFile = "age-1.txt"): string {
    const folder = mkdtempSync(join(tmpdir(), "kf-sops-"));
    writeFileSync(join(folder, "enc"), text);
    const env: NodeJS.ProcessEnv = { ...process.env };
    if (keyFile.startsWith("ssh")) env["SOPS_AGE_SSH_PRIVATE_KEY_FILE"] = join(vectors, keyFile);
    else env["SOPS_AGE_KEY_FILE"] = join(vectors, keyFile);
    const words = ["--decrypt", "--input-type", format, "--output-type", format, "enc"];
    const { status, stdout, stderr } = spawnSync(program ?? "", words, { cwd: folder, env });
    if (status !== 0) throw new Error(stderr.toString());
    return stdout.toString("latin1");
  }

  test.each(yamlTexts)("YAML with %s opens there to the same meaning", async (_, text) => {
    const latin = Buffer.from(text, "utf8").toString("latin1");
    const there = Buffer.from(openThere(encrypt({ text, format: "yaml" }), "yaml"), "latin1").toString("utf8");
    const opened = Buffer.from(openThere(await sealHere(latin, "yaml"), "yaml"), "latin1").toString("utf8");
    // A day becomes a time there, so the program's own round trip is what ours is measured by.
    expect(documentsOf(opened)).toEqual(documentsOf(there));
  });

  test.each<readonly [Format, string]>([
    ["json", '{"a": "x", "b": [1, 2.5, true, null, {"c": ""}], "d": 9007199254740991, "e": {}}'],
    ["json", '{"escaped": "\\u0000 \\u2028 \\" \\\\ <&>", "empty": [], "": "no key"}'],
    ["dotenv", "A=x\nB=a=b # no comment\nC=\nD=one\\ntwo\n"],
    ["ini", "[one]\na = x\n\n[two]\nb = y z\nc = `with ; and #`\n"],
    ["binary", "\u0001 any bytes \u00ff\u0080\u0000\n\n"],
  ])("%s opens there to the same meaning: %j", async (format, text) => {
    const opened = openThere(await sealHere(text, format), format);
    const meanings: Readonly<Record<Format, (one: string) => unknown>> = {
      yaml: (one) => one,
      json: (one) => JSON.parse(one) as unknown,
      dotenv: (one) => one,
      ini: (one) =>
        one
          .replace(/[ \t]*=[ \t]*/g, "=")
          .replaceAll("`", "")
          .trim(),
      binary: (one) => one,
    };
    expect(meanings[format](opened)).toEqual(meanings[format](text));
  });

  test.each([
    ["encrypted-regex", "^(?i)SECRET"],
    ["unencrypted-regex", "^plain"],
    ["encrypted-suffix", "_enc"],
    ["unencrypted-suffix", "_enc"],
  ] as const)("--%s %s is followed there", async (flag, value) => {
    const text = "secret: x\nplain: 0x1F\nother_enc: 1.50\nplain2: 2024-01-02T00:00:00Z\nplain3: .inf\n";
    for (const macOnlyEncrypted of [false, true]) {
      const sealed = await sealHere(text, "yaml", { rule: { flag, value }, macOnlyEncrypted });
      expect(parseYaml(openThere(sealed, "yaml"))).toEqual(parseYaml(text));
    }
  });

  test.each<readonly [Format, string]>([
    ["yaml", "secret: x\nplain: -0.0\nmore: 1000000.0\nlarge: 1e19\n"],
    ["json", '{"secret": "x", "plain": -0.0, "more": 1000000.0, "large": 1e19, "line": "a\\u2028b"}'],
  ])("clear values of %s are in the digest as they are read there", async (format, text) => {
    const rule = { flag: "encrypted-regex", value: "^secret" } as const;
    const opened = openThere(await sealHere(text, format, { rule }), format);
    expect(parseYaml(Buffer.from(opened, "latin1").toString("utf8"))).toEqual(parseYaml(text));
  });

  test.each(["ssh_ed25519", "ssh_rsa"])("opens there with %s", async (name) => {
    const key = readFileSync(join(vectors, `${name}.pub`), "utf8");
    const sealed = await sealHere("a: x\n", "yaml", { recipients: [key] });
    expect(openThere(sealed, "yaml", name)).toBe("a: x\n");
  });

  test("the document of a SecretProviderClass opens there", async () => {
    const text = await sealHere("a: x\n", "yaml", { as: "secretproviderclass", name: "app" });
    const manifest = parseYaml(text) as { readonly spec: { readonly parameters: Readonly<Record<string, string>> } };
    expect(openThere(manifest.spec.parameters["app"] ?? "", "yaml")).toBe("a: x\n");
  });

  test("changed by one byte it does not open there", async () => {
    const sealed = await sealHere("a: x\nb_unencrypted: one\n", "yaml");
    expect(() => openThere(sealed.replace("b_unencrypted: one", "b_unencrypted: two"), "yaml")).toThrow(/MAC mismatch/);
  });
});
