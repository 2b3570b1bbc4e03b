import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Tree } from "../../src/model/outcome.ts";
import { writeOutput } from "../fakes/format-input.ts";

/** Runs of each property: every one starts a program. */
const numRuns = 40;

const folder = mkdtempSync(join(tmpdir(), "kf-outputs-"));

function run(program: string, words: readonly string[], more: Readonly<Record<string, string>> = {}): string {
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, ...more };
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: "utf8", env });
  if (error !== undefined || status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`);
  return stdout;
}

function has(program: string, ...words: readonly string[]): boolean {
  const { error, status } = spawnSync(program, words);
  const found = error === undefined && status === 0;
  if (!found && (process.env["CI"] ?? "") !== "") throw new Error(`${program} is missing`);
  if (!found) process.stderr.write(`\n!! ${program} is missing, so nothing was tested against it\n\n`);
  return found;
}

async function file(output: string, data: Tree, mode = 0o600): Promise<string> {
  const path = join(folder, output);
  writeFileSync(path, await writeOutput(output, data), { mode });
  return path;
}

const key = fc.stringMatching(/^K[A-Z0-9_]{0,8}$/u);
const special = fc.constantFrom(
  "'",
  '"',
  "$",
  "`",
  "\\",
  "!",
  "#",
  ";",
  ":",
  "=",
  " ",
  "~",
  "*",
  "$(id)",
  "%",
  "\\n",
  "é",
  "\t",
);
const value = fc
  .array(fc.oneof(special, fc.stringMatching(/^[a-z0-9]{1,3}$/u)), { maxLength: 8 })
  .map((one) => one.join(""));
const lines = fc.array(fc.oneof(value, fc.constant("\n")), { maxLength: 4 }).map((one) => one.join(""));

describe("sh", () => {
  const read = (path: string, name: string) =>
    run("sh", ["-c", `. "$1"; printf '%s.' "$${name}"`, "sh", path]).slice(0, -1);

  test.each(["shell", "dotenv"])("sources %s", async (output) => {
    await fc.assert(
      fc.asyncProperty(key, lines, async (name, text) => {
        expect(read(await file(output, { [name]: text }), name)).toBe(text);
      }),
      { numRuns },
    );
  });

  test("hands the variables of shell to the command", async () => {
    const path = await file("shell", { KA: "it's $x" });
    expect(run("sh", ["-c", '. "$1"; exec env', "sh", path])).toContain("KA=it's $x\n");
  });
});

/** What docker's documentation says of `--env-file`: the text behind the first equals sign, as it is. */
test("docker's rules read every value of dotenv that stands without quotes", async () => {
  await fc.assert(
    fc.asyncProperty(key, value, async (name, text) => {
      const line = (await writeOutput("dotenv", { [name]: text })).toString("utf8").slice(0, -1);
      const taken = line.slice(line.indexOf("=") + 1);
      expect(taken === text || /^["']/u.test(taken)).toBe(true);
      expect(!/^[A-Za-z0-9_./:@%+,=-]*$/u.test(text) || taken === text).toBe(true);
    }),
  );
});

const python = has("python3", "--version");
(python ? describe : describe.skip)("Python", () => {
  const ask = (program: string, path: string): unknown => JSON.parse(run("python3", ["-c", program, path]));

  test("configparser reads ini", async () => {
    const program = `
import configparser, json, sys
c = configparser.RawConfigParser(delimiters=("=",)); c.optionxform = str
c.read(sys.argv[1]); print(json.dumps({s: dict(c[s]) for s in c.sections()}))`;
    const data = { db: { user: "shop", Pass: "a:b %x$y\\z é" }, "other one": { port: "5432" } };
    expect(ask(program, await file("ini", data))).toEqual(data);
  });

  test("netrc reads netrc", async () => {
    const program =
      'import json, netrc, sys; print(json.dumps(netrc.netrc(sys.argv[1]).authenticators("m.example.com")))';
    await fc.assert(
      fc.asyncProperty(
        value.filter((text) => text !== ""),
        async (password) => {
          const path = await file("netrc", { machine: "m.example.com", login: "me", password });
          expect(ask(program, path)).toEqual(["me", "", password]);
        },
      ),
      { numRuns },
    );
  });

  test("PyYAML, a reader of YAML 1.1, reads yaml", async () => {
    const program = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1], encoding='utf-8'))))";
    const words =
      "yes No on off y n null ~ = << 0123 0x1F 1_000 12:30:45 2024-01-01 .inf 1e3 - ? : | > * & ! % @ true".split(" ");
    const text = fc.oneof(
      fc.constantFrom(...words, "x\ny\n", "\n x", "a: b", "a #b", "\u0085\u2028", "\r\n"),
      fc.string({ unit: "grapheme" }),
    );
    const data = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text, { maxLength: 3 })), {
      minKeys: 1,
    });
    // One document of many samples: starting Python takes longer than all else.
    const samples = fc.sample(data, { numRuns: 300, seed: 7 });
    expect(ask(program, await file("yaml", samples as unknown as Tree))).toEqual(samples.map((one) => ({ ...one })));
  });

  test("tomllib reads toml, json reads json", async () => {
    const data = { a: { b: [1, 2, { c: "x\n\u007f" }] }, d: true, "e.f": -1.5 };
    const program = 'import json, sys, tomllib; print(json.dumps(tomllib.load(open(sys.argv[1], "rb"))))';
    expect(ask(program, await file("toml", data))).toEqual(data);
    expect(ask("import json, sys; print(json.dumps(json.load(open(sys.argv[1]))))", await file("json", data))).toEqual(
      data,
    );
  });
});

const java = has("java", "-version");
(java ? describe : describe.skip)("Java", () => {
  test("java.util.Properties reads properties", async () => {
    const source = join(folder, "Read.java");
    writeFileSync(
      source,
      `import java.io.*; import java.nio.file.*; import java.util.*;
public class Read {
  public static void main(String[] a) throws Exception {
    Properties p = new Properties();
    try (InputStream in = new FileInputStream(a[0])) { p.load(in); }
    StringBuilder out = new StringBuilder();
    for (String k : new TreeSet<>(p.stringPropertyNames()))
      out.append(HexFormat.of().formatHex(k.getBytes("UTF-16BE"))).append('=')
         .append(HexFormat.of().formatHex(p.getProperty(k).getBytes("UTF-16BE"))).append('\\n');
    System.out.print(out);
  }
}`,
    );
    const hex = (text: string) => Buffer.from(text, "utf16le").swap16().toString("hex");
    const text = fc.oneof(lines, fc.string({ unit: "grapheme", maxLength: 10 }));
    const samples = fc.sample(
      text.filter((one) => one.isWellFormed()),
      { numRuns: 200, seed: 1 },
    );
    const data = Object.fromEntries(samples.map((one, at) => [`${at}${one}`, one]));
    const expected = Object.entries(data).map(([name, one]) => `${hex(name)}=${hex(one)}`);
    const read = run("java", [source, await file("properties", data)])
      .trimEnd()
      .split("\n");
    expect(read.sort()).toEqual(expected.sort());
  });
});

const certificate = (name: string) =>
  readFileSync(new URL(`../vectors/certificates/${name}`, import.meta.url), "latin1");
const chain = ["leaf.key", "leaf.pem", "issuer.pem", "root.pem"].map(certificate).join("");
const rsa = ["rsa.key", "rsa.pem"].map(certificate).join("");
const authorities = ["issuer.pem", "root.pem"].map(certificate).join("");

/** A password with characters that formats encode differently. */
const password = "p@ss wörd ✓";

async function keyStore(name: string, data: Tree, options: object = {}, secret = password): Promise<string> {
  const path = join(folder, name);
  const all = { legacy: false, trustStore: undefined, alias: "shop", ...options };
  writeFileSync(path, await writeOutput("pkcs12", data, { password: secret, options: all }), { mode: 0o600 });
  return path;
}

const openssl = has("openssl", "version");
(openssl ? describe : describe.skip)("openssl", () => {
  test.each([
    { is: "modern", options: {}, words: [] },
    { is: "legacy", options: { legacy: true }, words: ["-legacy"] },
  ])("opens a key store, $is", async ({ is, options, words }) => {
    for (const [name, data, count] of [
      ["ec", chain, 3],
      ["rsa", rsa, 1],
    ] as const) {
      const path = await keyStore(`${is}-${name}.p12`, data, options);
      const read = run("openssl", ["pkcs12", "-in", path, "-nodes", "-passin", `pass:${password}`, ...words]);
      expect(read.match(/-----BEGIN CERTIFICATE/gu)).toHaveLength(count);
      expect(read).toMatch(/friendlyName: shop[^]*-----BEGIN PRIVATE KEY/u);
      expect(() => run("openssl", ["pkcs12", "-in", path, "-nodes", "-passin", "pass:wrong", ...words])).toThrow(
        /invalid password|mac verify/iu,
      );
    }
  });

  test("accepts the PEM forms", async () => {
    const path = await file("pem-bundle", chain);
    expect(run("openssl", ["pkey", "-in", path, "-noout", "-check"])).toMatch(/valid/u);
    const leaf = await file("der", chain);
    expect(run("openssl", ["x509", "-inform", "der", "-in", leaf, "-noout", "-subject"])).toMatch(
      /shop\.example\.com/u,
    );
    const [ca, sent] = [await file("pem-ca", chain), await file("pem-chain", chain)];
    expect(run("openssl", ["verify", "-CAfile", ca, "-untrusted", sent, sent])).toMatch(/OK/u);
  });
});

const keytool = has("keytool", "-help");
(keytool ? describe : describe.skip)("keytool", () => {
  // Passwords of keytool are those of the locale on its command line; of a file they are UTF-8.
  const list = (path: string, secret: string) =>
    run("keytool", ["-list", "-v", "-keystore", path, "-storetype", "PKCS12", "-storepass", secret]);

  test.each([
    ["modern", {}],
    ["legacy", { legacy: true }],
  ])("opens a key store, %s", async (is, options) => {
    const listed = list(await keyStore(`java-${is}.p12`, chain, options, "changeit"), "changeit");
    expect(listed).toMatch(/Alias name: shop/u);
    expect(listed).toMatch(/Entry type: PrivateKeyEntry\nCertificate chain length: 3/u);
  });

  test.each([
    ["modern", {}],
    ["legacy", { legacy: true }],
  ])("takes certificates alone for trusted, %s", async (is, options) => {
    const listed = list(await keyStore(`trust-${is}.p12`, authorities, options, "changeit"), "changeit");
    expect(listed.match(/Entry type: trustedCertEntry/gu)).toHaveLength(2);
  });
});

const psql = has("psql", "--version");
(psql ? describe : describe.skip)("psql", () => {
  test("libpq finds the password in pgpass", async () => {
    const { createServer } = await import("node:net");
    const asked: string[] = [];
    // A server that asks for a clear password, writes it down, and hangs up.
    const server = createServer((socket) => {
      let started = false;
      socket.on("error", () => undefined);
      socket.on("data", (data) => {
        if (data.readInt32BE(0) === 8 && data.readInt32BE(4) === 80877103) socket.write("N");
        else if (!started) {
          started = true;
          socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
        } else {
          asked.push(data.subarray(5, -1).toString("utf8"));
          socket.destroy();
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { spawn } = await import("node:child_process");
    const passwords = ["p:w", "back\\slash", "two words", "#x", "é"];
    for (const password of passwords) {
      const path = await file("pgpass", [
        { host: "other", username: "u:1", password: "wrong" },
        { host: "127.0.0.1", port, database: "shop", username: "u:1", password },
      ]);
      const words = ["-h", "127.0.0.1", "-p", String(port), "-U", "u:1", "-d", "shop", "-c", "select 1"];
      const child = spawn("psql", words, {
        env: { PATH: process.env["PATH"] ?? "", PGPASSFILE: path },
        stdio: "ignore",
      });
      await new Promise((resolve) => child.on("exit", resolve));
    }
    server.close();
    expect(asked).toEqual(passwords);
  });
});
