import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "@jest/globals";
import { armor, Encrypter, identityToRecipient } from "age-encryption";
import { sessionKey } from "../../../../src/model/session.ts";
import { createKeyring } from "../../../../src/keys/keyring.ts";
import type { Unwrapped } from "../../../../src/keys/key-service.ts";

const vectors = fileURLToPath(new URL("../../../vectors/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "keyferry-keys-"));
const keyPath = (name: string) => `${vectors}keys/${name}`;
const readAge = (name: string) => readFileSync(`${vectors}age/${name}`, "utf8");
const age1 = /AGE-SECRET-KEY-1\w+/.exec(readFileSync(keyPath("age-1.txt"), "utf8"))?.[0] ?? "";

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Asks with a ring of these files, all granted to `team-*`. */
async function unwrap(files: readonly string[], enc: string, namespace = "team-a"): Promise<Unwrapped> {
  return ringOf(files)(enc, namespace);
}

function ringOf(files: readonly string[]) {
  const ring = createKeyring(files.map((file, at) => ({ name: `k${at}`, kind: "age", file, namespaces: ["team-*"] })));
  return async (enc: string, namespace = "team-a"): Promise<Unwrapped> => {
    const pod = { name: "p", namespace, uid: "u", serviceAccount: "s" };
    const use = { session: sessionKey("sops", {}, pod), pod, tokens: new Map(), signal: new AbortController().signal };
    const wrapped = { kind: "age", id: "r", enc, fields: new Map(), context: new Map() };
    return (await ring.service("age")?.unwrap(wrapped, use)) ?? { kind: "closed" };
  };
}

function textOf(result: Unwrapped): string {
  return result.kind === "opened" ? result.key.revealText() : result.kind;
}

function messageOf(result: Unwrapped): string {
  return result.kind === "unavailable" ? result.error.message : result.kind;
}

describe("age files", () => {
  test.each([
    ["x25519.age", "age-1.txt"],
    ["two.age", "age-1.txt"],
    ["two.age", "age-2.txt"],
    ["pq.age", "age-pq.txt"],
    ["ssh-ed25519.age", "ssh_ed25519"],
    ["ssh-rsa.age", "ssh_rsa"],
  ])("%s opens with %s", async (file, key) => {
    expect(textOf(await unwrap([keyPath(key)], readAge(file)))).toBe(readAge("plain.txt"));
  });

  test.each([
    ["another key", "x25519.age", "age-2.txt", "team-a"],
    ["an SSH key of another file", "ssh-rsa.age", "ssh_ed25519", "team-a"],
    ["a namespace without a grant", "x25519.age", "age-1.txt", "shop"],
    ["a passphrase, which is never tried", "scrypt.age", "age-1.txt", "team-a"],
  ])("%s leaves it closed", async (_, file, key, namespace) => {
    expect(await unwrap([keyPath(key)], readAge(file), namespace)).toEqual({ kind: "closed" });
  });

  test("indented armor and CRLF open", async () => {
    const enc = readAge("x25519.age").split("\n").join("\r\n      ");
    expect(textOf(await unwrap([keyPath("age-1.txt")], enc))).toBe(readAge("plain.txt"));
  });

  test.each([
    ["no armor", "vault:v1:abc"],
    ["cut armor", readAge("x25519.age").slice(0, 200)],
    ["a changed header", readAge("x25519.age").replace("YWdlLWVuY3J5cHRpb24ub3JnL3Yx", "YWdlLWVuY3J5cHRpb24ub3JnL3Yy")],
    ["a megabyte", "A".repeat(1024 * 1024)],
  ])("%s is damaged", async (_, enc) => {
    expect(await unwrap([keyPath("age-1.txt")], enc)).toEqual({ kind: "damaged" });
  });

  test("65 stanzas are refused before any is worked on, 64 are not", async () => {
    const recipient = await identityToRecipient(age1);
    const sealed = async (stanzas: number) => {
      const encrypter = new Encrypter();
      for (let count = 0; count < stanzas; count++) encrypter.addRecipient(recipient);
      return armor.encode(await encrypter.encrypt("x"));
    };
    expect(textOf(await unwrap([keyPath("age-1.txt")], await sealed(64)))).toBe("x");
    expect(await unwrap([keyPath("age-1.txt")], await sealed(65))).toEqual({ kind: "damaged" });
  });

  test("a ring knows its kinds and nothing of others", () => {
    const ring = createKeyring([{ name: "x", kind: "pgp", file: "/x", namespaces: ["*"] }]);
    expect(ring.kinds).toEqual(["age", "azure_kv", "gcp_kms", "hc_vault", "kms", "pgp"]);
    expect(ring.service("hckms")).toBeUndefined();
  });
});

describe("key files", () => {
  const x25519 = readAge("x25519.age");
  const ssh = readFileSync(keyPath("ssh_ed25519"), "utf8");

  test.each([
    ["an encrypted SSH key", readFileSync(keyPath("ssh_ed25519_enc"), "utf8"), "is an SSH key with a passphrase"],
    ["an encrypted identity file", readAge("identity-encrypted.age"), "is protected by a passphrase"],
    ["a plugin identity", "AGE-PLUGIN-YUBIKEY-1QQQQ", "needs an age plugin"],
    ["a recipient", "age18yjqjrey0vpgelrj5ca7tudscy6x0uq9x7pqu8da77ts09uj6eaqsr9jm6", "holds a public recipient"],
    ["an SSH public key", readFileSync(keyPath("ssh_rsa.pub"), "utf8"), "holds a public key"],
    ["a PEM key", "-----BEGIN RSA PRIVATE KEY-----", "convert it with ssh-keygen"],
    ["nothing", "# only a comment\n\n", "without any identity"],
    ["a key with a typing error", `${age1.slice(0, -1)}X`, "neither an age identity nor a comment"],
    ["half an SSH key", ssh.slice(0, 100), "without its last line"],
    ["a cut SSH key", ssh.replace(/\n[^\n]+\n-----END/, "\n-----END"), "OpenSSH key"],
    ["garbage in an SSH key", ssh.replace(/b3Blb/, "!!!!!"), "not valid base64"],
  ])("%s is refused by name, without its content", async (_, content, problem) => {
    const file = join(folder, "key");
    writeFileSync(file, content);
    const message = messageOf(await unwrap([file], x25519));
    expect(message).toContain('key "k0" ');
    expect(message).toContain(problem);
    expect(message).not.toMatch(/SECRET|AGE-|b3Blb/);
  });

  test.each([
    ["no file", join(folder, "none"), "has no file"],
    ["a folder", folder, "not a regular file"],
  ])("%s", async (_, file, problem) => {
    expect(messageOf(await unwrap([file], x25519))).toContain(problem);
  });

  test("one file may hold several identities of several kinds", async () => {
    const file = join(folder, "many");
    writeFileSync(file, [ssh, readFileSync(keyPath("age-2.txt"), "utf8"), `\r\n${age1}\r\n`].join("\n"));
    expect(textOf(await unwrap([file], x25519))).toBe(readAge("plain.txt"));
    expect(textOf(await unwrap([file], readAge("ssh-ed25519.age")))).toBe(readAge("plain.txt"));
  });

  test("an identity in lower case is the same one; in both cases it is none", async () => {
    const file = join(folder, "lower");
    writeFileSync(file, `${age1.toLowerCase()}\n`);
    expect(textOf(await unwrap([file], x25519))).toBe(readAge("plain.txt"));
    writeFileSync(file, `${age1.slice(0, 20)}${age1.slice(20).toLowerCase()}\n`);
    expect(messageOf(await unwrap([file], x25519))).toContain("neither an age identity nor a comment");
  });

  test("a file that is replaced counts at once, one that goes bad is not remembered", async () => {
    const file = join(folder, "changing");
    const ask = ringOf([file]);
    copyFileSync(keyPath("age-2.txt"), file);
    expect((await ask(x25519)).kind).toBe("closed");
    copyFileSync(keyPath("age-1.txt"), `${file}.new`);
    renameSync(`${file}.new`, file);
    expect((await ask(x25519)).kind).toBe("opened");
    writeFileSync(file, "broken");
    expect((await ask(x25519)).kind).toBe("unavailable");
    rmSync(file);
    expect((await ask(x25519)).kind).toBe("unavailable");
    copyFileSync(keyPath("age-1.txt"), file);
    expect((await ask(x25519)).kind).toBe("opened");
  });

  test("the swap of a folder link, by which kubelet updates a mounted Secret, is noticed", async () => {
    const swap = mkdtempSync(join(folder, "swap-"));
    for (const name of ["age-1.txt", "age-2.txt"]) {
      const version = join(swap, `..${name}`);
      mkdirSync(version);
      copyFileSync(keyPath(name), join(version, "key"));
    }
    symlinkSync("..age-2.txt", join(swap, "..data"));
    symlinkSync("..data/key", join(swap, "key"));
    const ask = ringOf([join(swap, "key")]);
    expect((await ask(x25519)).kind).toBe("closed");
    symlinkSync("..age-1.txt", join(swap, "..tmp"));
    renameSync(join(swap, "..tmp"), join(swap, "..data"));
    expect((await ask(x25519)).kind).toBe("opened");
  });

  test("a bad file beside a good one does not matter where the good one fits", async () => {
    expect((await unwrap([join(folder, "none"), keyPath("age-1.txt")], x25519)).kind).toBe("opened");
    expect((await unwrap([join(folder, "none"), keyPath("age-2.txt")], x25519)).kind).toBe("unavailable");
  });
});
