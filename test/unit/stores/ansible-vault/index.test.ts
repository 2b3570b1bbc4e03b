import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { createAnsibleVaultStore } from "../../../../src/stores/ansible-vault/store.ts";
import { ask, askFound, refusal, refusals } from "../../../fakes/ask-store.ts";
import { readBytes, readVector, vectorPath } from "../../../vectors/vectors.ts";
import { keyringOf } from "../inline-keyring.ts";
import { connected } from "../../../fakes/connected.ts";

const path = (name: string) => `ansible-vault/${name}`;
const pw1 = { file: path("pw1.txt") };
const dev = { file: path("pw-dev.txt"), vaultId: "dev" };
const storeOf = (...keys: readonly { readonly file: string; readonly vaultId?: string }[]) =>
  connected(createAnsibleVaultStore(), { keyring: keyringOf("ansible-vault", ...keys) });
const both = storeOf(pw1, dev);
const folder = mkdtempSync(join(tmpdir(), "keyferry-vault-"));
const v11 = readVector(path("v11.yml"));
const lines = v11.trim().split("\n");

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("whole vaults", () => {
  test.each([
    ["v11.yml", pw1, "plain.yml"],
    ["v12-dev.yml", dev, "plain.yml"],
    ["v12-dev.yml", { ...dev, vaultId: "other" }, "plain.yml"],
    ["v11-empty.vault", pw1, "empty.txt"],
    ["v11-block16.vault", pw1, "plain16.txt"],
    ["v11-binary.vault", pw1, "plain.bin"],
    ["v11-utf8pw.vault", { file: path("pw-utf8.txt") }, "plain-utf8.txt"],
  ])("%s opens byte for byte", async (name, key, plain) => {
    const { value } = await askFound(storeOf({ file: path("pw-dev.txt") }, key), { text: readVector(path(name)) });
    expect(Buffer.from(value.reveal())).toEqual(readBytes(path(plain)));
  });

  test("with strictVaultId only the password of its own id is tried", async () => {
    const question = { text: readVector(path("v12-dev.yml")), fields: "strictVaultId: true" };
    expect(await refusal(both, question)).toBe("found");
    expect(await refusal(storeOf(pw1, { ...dev, vaultId: "default" }), question)).toMatch(/^document_rejected: /);
    expect(await refusal(storeOf(pw1), { text: v11, fields: "strictVaultId: true" })).toBe("found");
  });

  test.each([
    ["CRLF", v11.replaceAll("\n", "\r\n")],
    ["empty lines around", `\n${v11}\n\n`],
    ["indentation", v11.replace(/^/gm, "    ")],
    ["blanks in the header", v11.replace("1.1;", "1.1 ; ")],
  ])("%s changes nothing", async (_, text) => {
    expect((await askFound(both, { text })).value.revealText()).toBe(readVector(path("plain.yml")));
  });

  const flip = (line: number, at: number) =>
    lines
      .map((one, index) => {
        return index === line ? one.slice(0, at) + (one[at] === "3" ? "6" : "3") + one.slice(at + 1) : one;
      })
      .join("\n");

  test("whatever is wrong, the message is one", async () => {
    const damaged = [
      flip(1, 1),
      flip(1, 40),
      flip(2, 60),
      flip(lines.length - 1, 1),
      lines.slice(0, -1).join("\n"),
      lines.slice(0, 2).join("\n"),
      v11.trim().slice(0, -1),
      `${lines[0] ?? ""}\n00`,
      readVector(path("v12-dev.yml")),
    ];
    const said = await Promise.all(damaged.map((text) => refusal(storeOf(pw1), { text })));
    expect(new Set(said)).toEqual(
      new Set([
        "document_rejected: the vault cannot be opened with the passwords granted to namespace team-a: " +
          "encrypted with another password, or changed since",
      ]),
    );
  });

  test.each([
    ["an old format", v11.replace("1.1;AES256", "1.0;AES"), "its vault format is not supported"],
    ["a coming format", v11.replace("1.1", "1.3"), "its vault format is not supported"],
    ["another cipher", v11.replace("AES256", "AES128"), "its cipher is not supported"],
    ["a header only", lines[0], "it has a header and no body"],
    ["a body that is not hexadecimal", `${lines[0] ?? ""}\nxyz`, "characters that are not hexadecimal"],
    ["another mark", v11.replace("VAULT;", "VAULTS;"), "it does not start with $ANSIBLE_VAULT"],
    ["nothing encrypted", "a: b", "nothing in the document is encrypted"],
    ["nothing carried", undefined, 'no parameter "app" carries the document'],
    ["a bad value in a file", "a: 1\nb: !vault x\n", "the value at line 2: it does not start with"],
  ])("%s is refused while parsing", async (_, text, problem) => {
    const said = [...refusals(both, { text }), await refusal(both, { text })].join("\n");
    expect(said).toMatch(/document_invalid|is refused|nothing in|carries/);
    expect(said).toContain(problem);
  });
});

describe("files of variables", () => {
  const inline = readVector(path("inline.yml"));

  test("each value opens with its own password, the rest stays as it is written", async () => {
    const { value, tree } = await askFound(both, { text: inline });
    expect(value.revealText()).toBe(
      'db_user: bob\ndb_pass: "inline-secret"\napi_key: "dev-secret"\nlist:\n  - plain\n',
    );
    expect(tree?.()).toEqual({ db_user: "bob", db_pass: "inline-secret", api_key: "dev-secret", list: ["plain"] });
  });

  test("comments, anchors, tags and quotes", async () => {
    const quoted = JSON.stringify(v11);
    const text = `# top\na: &x !vault ${quoted} # after\nb: *x\nc: [!vault-encrypted ${quoted}, 1]\nd: !unsafe "{{ x }}"\n`;
    const { value, tree } = await askFound(both, { text });
    const plain = readVector(path("plain.yml"));
    expect(value.revealText()).toBe(
      `# top\na: &x ${JSON.stringify(plain)} # after\nb: *x\nc: [${JSON.stringify(plain)}, 1]\nd: !unsafe "{{ x }}"\n`,
    );
    expect(tree?.()).toEqual({ a: plain, b: plain, c: [plain, 1], d: "{{ x }}" });
  });

  test("a plaintext never becomes structure", async () => {
    const text = `a: !vault |\n${v11.replace(/^/gm, "  ")}\nz: 1\n`;
    const { value } = await askFound(both, { text });
    expect(parse(value.revealText())).toEqual({ a: readVector(path("plain.yml")), z: 1 });
  });

  test("bytes that are no text are marked as binary, and data as bytes", async () => {
    const text = `a: !vault |\n${readVector(path("v11-binary.vault")).replace(/^/gm, "  ")}\n`;
    const { value, tree } = await askFound(both, { text });
    expect(value.revealText()).toMatch(/^a: !!binary "[A-Za-z0-9+/=]+"\n/);
    expect(tree?.()).toEqual({ a: readBytes(path("plain.bin")) });
  });

  test("a missing password names the line and opens nothing", async () => {
    expect(await refusal(storeOf(pw1), { text: inline })).toMatch(/^document_rejected: the vault at line \d+ cannot/);
    expect(await refusal(storeOf(dev), { text: inline })).toMatch(/^document_rejected: the vault at line 2 cannot/);
  });

  test("without any vault only if asked for", async () => {
    expect((await askFound(both, { text: "a: b", fields: "requireToken: false" })).value.revealText()).toBe("a: b");
  });
});

describe("passwords", () => {
  const withPassword = (content: string | Buffer) => {
    const file = join(folder, `pw${Math.abs(Buffer.from(content).reduce((sum, byte) => sum * 31 + byte, 7) % 1e9)}`);
    writeFileSync(file, content);
    return refusal(storeOf({ file }), { text: v11 });
  };

  test.each(["vault-pass-1", "vault-pass-1\n", "vault-pass-1\r\n", "  vault-pass-1 \n\n"])("%j", async (content) => {
    expect(await withPassword(content)).toBe("found");
  });

  test.each([
    ["", "has a file without a password"],
    [" \n", "has a file without a password"],
    [v11, "has a password file that is itself encrypted"],
  ])("%j is none", async (content, problem) => {
    expect(await withPassword(content)).toContain(`key_unavailable: key "k0" ${problem}`);
  });

  test("no grant", async () => {
    expect(await refusal(storeOf(), { text: v11 })).toMatch(
      /^key_not_granted: this provider is configured without any key, so there is none for ansible-vault/,
    );
    expect(await refusal(both, { text: v11, namespace: "team-b" })).toMatch(/^key_not_granted/);
    expect(vectorPath(path("v11.yml"))).toContain("vectors");
  });

  test("an aborted fetch rejects with the signal's reason", async () => {
    await expect(ask(both, { text: v11, signal: AbortSignal.abort("gone") })).rejects.toBe("gone");
  });
});
