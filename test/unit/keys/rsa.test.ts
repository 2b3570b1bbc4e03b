import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { createKeyring } from "../../../src/keys/keyring.ts";
import { readVector, vectorPath } from "../../vectors/vectors.ts";

const folder = mkdtempSync(join(tmpdir(), "keyferry-rsa-"));
const { fingerprints } = JSON.parse(readVector("sealed-secrets/vectors.json")) as {
  readonly fingerprints: Readonly<Record<"key1" | "key2" | "key3", string>>;
};
const pem = (name: string) => readVector(`sealed-secrets/${name}.key.pem`);
const crt = (name: string) => readVector(`sealed-secrets/${name}.crt.pem`);
const signal = new AbortController().signal;

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileOf(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

function ringOf(file: string, namespaces = ["team-a"]) {
  const skipped: string[] = [];
  const ring = createKeyring([{ name: "k", kind: "sealed-secrets", file, namespaces }], (_, problem) => {
    skipped.push(problem.replaceAll(folder, ""));
  });
  const read = async (namespace = "team-a") => {
    const { keys, unavailable, sources } = await ring.given("sealed-secrets").of(namespace);
    return { sources, found: keys.map(({ key }) => key.fingerprint), problem: unavailable?.message, keys };
  };
  return { read, skipped };
}

describe("RSA key files", () => {
  test("PKCS #1 and PKCS #8, several in one file, newest certificate first", async () => {
    const pkcs8 = createPrivateKey(pem("key2")).export({ format: "pem", type: "pkcs8" });
    const file = fileOf("several", [crt("key2"), pkcs8, pem("key1"), crt("key1"), pem("key3")].join("\n"));
    const { keys, found } = await ringOf(file).read();
    expect(new Set(found)).toEqual(new Set(Object.values(fingerprints)));
    const dates = keys.map(({ key }) => key.notBefore);
    expect(dates).toEqual(dates.toSorted((a, b) => b - a));
    expect(dates.at(-1)).toBe(0);
    expect(keys.map(({ key }) => key.modulusBytes).sort()).toEqual([256, 512, 512]);
  });

  test("the controller's list: active keys, and the unlabelled one of old installs", async () => {
    const list = readVector("sealed-secrets/key-secrets.list.json");
    const { found } = await ringOf(vectorPath("sealed-secrets/key-secrets.list.json")).read();
    expect(new Set(found)).toEqual(new Set([fingerprints.key1, fingerprints.key2]));
    const old = {
      kind: "Secret",
      metadata: { name: "sealed-secrets-key" },
      data: { "tls.key": Buffer.from(pem("key2")).toString("base64") },
    };
    expect((await ringOf(fileOf("old.json", JSON.stringify(old))).read()).found).toEqual([fingerprints.key2]);
    const other = { ...old, metadata: { name: "another" } };
    expect((await ringOf(fileOf("other.json", JSON.stringify(other))).read()).problem).toMatch(/no RSA private key/);
    const yaml = fileOf("list.yaml", `---\n${stringify(JSON.parse(list))}`);
    expect(new Set((await ringOf(yaml).read()).found)).toEqual(new Set([fingerprints.key1, fingerprints.key2]));
  });

  test.each([
    ["an EC key", generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "pem", type: "pkcs8" }).toString(), "not RSA of 1024 to 8192 bits"],
    ["a key with a passphrase", generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "x" }).toString(), "cannot be read"],
    ["a damaged key", pem("key2").replace(/MII/, "AII"), "cannot be read"],
    ["broken YAML", "kind: [", "neither PEM nor YAML"],
  ])("%s is passed over with a word to the operator", async (name, content, problem) => {
    const { read, skipped } = ringOf(fileOf(name, `${content}\n`));
    expect(await read()).toMatchObject({ found: [], problem: 'key "k" has no RSA private key that can be used' });
    expect(skipped.join()).toContain(problem);
    expect(skipped.join()).not.toMatch(/MII|BEGIN/);
    const both = ringOf(fileOf(`${name}-and-good`, `${content}\n${pem("key2")}`));
    expect((await both.read()).found).toEqual([fingerprints.key2]);
  }); // prettier-ignore

  test("a mounted Secret: files of a folder, read again when one comes, changes or goes", async () => {
    const mounted = join(folder, "mounted");
    mkdirSync(join(mounted, "..v1"), { recursive: true });
    writeFileSync(join(mounted, "..v1", "tls.key"), pem("key1"));
    symlinkSync("..v1", join(mounted, "..data"));
    symlinkSync("..data/tls.key", join(mounted, "tls.key"));
    const { read } = ringOf(mounted);
    const first = await read();
    expect(first.found).toEqual([fingerprints.key1]);
    expect((await read()).keys[0]?.key).toBe(first.keys[0]?.key);
    writeFileSync(join(mounted, "second.pem"), pem("key2"));
    expect((await read()).found).toHaveLength(2);
    unlinkSync(join(mounted, "tls.key"));
    expect((await read()).found).toEqual([fingerprints.key2]);
    unlinkSync(join(mounted, "second.pem"));
    expect(await read()).toMatchObject({ found: [], problem: 'key "k" is configured with a folder without files' });
  });

  test("no grant is no key, and says nothing of the file", async () => {
    expect(await ringOf("/gone", ["team-b"]).read()).toMatchObject({ sources: 0, found: [], problem: undefined });
  });

  test("what opens: the block of this key under this label only", async () => {
    const { keys } = await ringOf(vectorPath("sealed-secrets/key1.key.pem")).read();
    const key = keys[0]?.key;
    const { vectors } = JSON.parse(readVector("sealed-secrets/vectors.json")) as { vectors: { Sealed: string }[] };
    const block = Buffer.from(vectors[0]?.Sealed ?? "", "base64").subarray(2, 514);
    expect((await key?.openOaep(block, "team-a/db-creds", signal))?.length).toBe(32);
    expect(await key?.openOaep(block, "team-a/other", signal)).toBeUndefined();
    expect(await key?.openOaep(block.subarray(1), "team-a/db-creds", signal)).toBeUndefined();
    expect(key?.openBare(Buffer.alloc(512, 255))).toBeUndefined();
    expect(key?.openBare(Buffer.alloc(3))).toBeUndefined();
    await expect(key?.openOaep(block, "", AbortSignal.abort("gone"))).rejects.toBe("gone");
  });
});
