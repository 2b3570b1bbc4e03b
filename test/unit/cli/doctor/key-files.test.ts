import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { checkGrants } from "../../../../src/cli/doctor/grants.ts";
import { checkKeys } from "../../../../src/cli/doctor/key-files.ts";
import { configuredKeys } from "../../../fakes/config-context.ts";
import type { KeySource } from "../../../../src/model/key.ts";

const vector = (name: string) => fileURLToPath(new URL(`../../../vectors/${name}`, import.meta.url));
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kf-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A private copy of a vector, or a file of this text. */
async function put(name: string, from: { readonly vector: string } | { readonly text: string }): Promise<string> {
  const path = join(folder, name);
  if ("vector" in from) await copyFile(vector(from.vector), path);
  else await writeFile(path, from.text);
  await chmod(path, 0o440);
  return path;
}

async function check(kind: string, file: string, more: object = {}) {
  const findings = await checkKeys(configuredKeys({ name: "k", kind, file, namespaces: ["shop"], ...more }));
  return findings.map(({ status, found, problem }) => [status, problem ?? found]);
}

const aws = "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = canary-value\n";

describe("a key file", () => {
  test.each([
    { kind: "age", from: { vector: "keys/age-1.txt" }, found: "holds 1 key" },
    { kind: "age", from: { vector: "keys/ssh_ed25519" }, found: "holds 1 key" },
    { kind: "pgp", from: { vector: "keys/pgp-rsa-secret.asc" }, found: "holds 1 key" },
    { kind: "sealed-secrets", from: { vector: "sealed-secrets/key1.key.pem" }, found: "holds 1 key" },
    { kind: "eyaml", from: { vector: "eyaml/private_key.pkcs7.pem" }, found: "holds 1 key" },
    { kind: "ansible-vault", from: { vector: "ansible-vault/pw1.txt" }, found: "holds 1 key" },
    { kind: "s5", from: { text: `${"0".repeat(64)}\n${"1".repeat(64)}\n` }, found: "holds 2 keys" },
    { kind: "vault-transit", from: { text: "s.token\n" }, found: "holds 1 key" },
    { kind: "aws-kms", from: { text: aws }, found: "holds 1 key" },
    { kind: "azure-key", from: { text: "client-secret\n" }, found: "holds 1 key" },
  ])("of kind $kind is read", async ({ kind, from, found }) => {
    expect(await check(kind, await put("key", from))).toEqual([["ok", found]]);
  });

  test.each([
    { kind: "age", text: "canary-value", problem: /neither an age identity/ },
    { kind: "pgp", text: "canary-value", problem: /without an OpenPGP private key/ },
    { kind: "sealed-secrets", text: "canary-value", problem: /no RSA private key/ },
    { kind: "eyaml", text: "canary-value", problem: /no RSA private key/ },
    { kind: "ansible-vault", text: "\n", problem: /without a password/ },
    { kind: "s5", text: "canary-value", problem: /not a key of/ },
    { kind: "vault-transit", text: "canary value", problem: /one Vault token/ },
    { kind: "aws-kms", text: "canary-value", problem: /without aws_access_key_id/ },
    { kind: "gcp-kms", text: "canary-value", problem: /./ },
    { kind: "azure-key", text: "", problem: /without a client secret/ },
  ])("of kind $kind that holds something else is told without its content", async ({ kind, text, problem }) => {
    const [[status, told] = []] = await check(kind, await put("key", { text }));
    expect([status, told]).toEqual(["problem", expect.stringMatching(problem)]);
    expect(told).not.toContain("canary");
  });

  test("that is not there is a problem", async () => {
    expect(await check("age", join(folder, "none"))).toEqual([["problem", `has no file at ${join(folder, "none")}`]]);
  });

  test("that others may read is warned of, with its mode", async () => {
    const path = await put("key", { vector: "keys/age-1.txt" });
    await chmod(path, 0o644);
    expect(await check("age", path)).toEqual([
      ["ok", "holds 1 key"],
      ["warning", expect.stringMatching(/mode 0644/)],
    ]);
  });

  test("with a passphrase that others may read is warned of", async () => {
    const path = await put("key", { vector: "keys/pgp-locked-secret.asc" });
    const passphraseFile = await put("passphrase", { vector: "keys/pgp-locked-passphrase.txt" });
    await chmod(passphraseFile, 0o604);
    expect(await check("pgp", path, { passphraseFile })).toEqual([
      ["ok", "holds 1 key"],
      ["warning", expect.stringMatching(/mode 0604/)],
    ]);
  });

  test("of a folder is looked at one by one, and what is passed over is told", async () => {
    await mkdir(join(folder, "keys"));
    await put("keys/a.pem", { vector: "sealed-secrets/key1.key.pem" });
    const open = await put("keys/b.pem", { vector: "sealed-secrets/key2.key.pem" });
    await chmod(open, 0o444);
    await put("keys/c.pem", { text: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" });
    const findings = await checkKeys(
      configuredKeys({ name: "k", kind: "sealed-secrets", file: join(folder, "keys"), namespaces: ["shop"] }),
    );
    expect(findings.map(({ status, subject }) => [status, subject])).toEqual([
      ["ok", `key "k" (sealed-secrets, ${join(folder, "keys")})`],
      ["warning", `key "k" (sealed-secrets, ${join(folder, "keys")})`],
      ["warning", open],
    ]);
  });

  test("is not looked for where the key is elsewhere", async () => {
    expect(await check("sealed-secrets", "", { controllerNamespace: "kube-system" })).toEqual([]);
  });
});

describe("grants", () => {
  test("that no namespace can have are warned of", () => {
    const source = (name: string, ...namespaces: string[]): KeySource => ({ name, kind: "age", file: "f", namespaces });
    const keys = configuredKeys(source("a", "shop", "team-*", "*"), source("b", "-shop", "shop-", "team-*-"));
    const findings = checkGrants({ stores: [], keys });
    expect(findings.map(({ status, subject, problem }) => [status, subject, problem])).toEqual(
      ["-shop", "shop-", "team-*-"].map((pattern) => ["warning", 'key "b"', `no namespace can match "${pattern}"`]),
    );
  });
});
