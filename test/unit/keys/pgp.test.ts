import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { sessionKey } from "../../../src/model/session.ts";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { enums, readPrivateKey } from "openpgp";
import type { Unwrapped } from "../../../src/keys/key-service.ts";
import { createPgpService } from "../../../src/keys/pgp.ts";
import { sealPgp } from "../../fakes/seal-pgp.ts";
import { readVector, vectorPath } from "../../vectors/vectors.ts";
import { compute } from "../../fakes/compute.ts";
import type { Compute } from "../../../src/model/compute.ts";
import { MountError } from "../../../src/model/error.ts";

const folder = mkdtempSync(join(tmpdir(), "keyferry-pgp-"));
const signal = new AbortController().signal;
const secret = (name: string) => vectorPath(`keys/pgp-${name}-secret.asc`);
const passphrase = join(folder, "passphrase");
writeFileSync(passphrase, "pgp-pass\n");

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function serviceOf(...files: readonly string[]) {
  return createPgpService(
    files.map((file, at) => {
      const locked = file.includes("locked") ? { passphraseFile: passphrase } : {};
      return { name: `k${at}`, kind: "pgp", file, namespaces: ["team-a"], ...locked };
    }),
  );
}

function textOf(result: Unwrapped): string {
  if (result.kind === "opened") return result.key.revealText();
  return result.kind === "unavailable" ? result.error.message : result.kind;
}

async function open(message: string | Uint8Array, ...files: readonly string[]): Promise<string> {
  return textOf(await serviceOf(...files).open(message, "team-a", signal));
}

describe("OpenPGP messages", () => {
  test.each([
    ["rsa", "rsa"],
    ["curve", "curve"],
    ["two-zlib", "rsa"],
    ["two-zlib", "curve"],
    ["curve-ocb", "curve"],
    ["locked", "locked"],
    ["signed-encrypted", "curve"],
  ])("%s opens with the key %s", async (message, key) => {
    expect(await open(readVector(`pgp/${message}.asc`), secret(key))).toBe(readVector("pgp/plain.txt"));
  });

  test.each([
    ["for another key", "rsa", "curve", "closed"],
    ["for a passphrase only", "symmetric", "rsa", "closed"],
    ["without integrity", "no-integrity", "rsa", "damaged"],
  ])("%s: refused", async (_, message, key, expected) => {
    expect(await open(readVector(`pgp/${message}.asc`), secret(key))).toBe(expected);
  });

  test("pasted with indentation and CRLF, and as a wrapped key", async () => {
    const enc = readVector("pgp/curve.asc").split("\n").join("\r\n    ");
    expect(await open(enc, secret("curve"))).toBe(readVector("pgp/plain.txt"));
    const pod = { name: "p", namespace: "team-a", uid: "u", serviceAccount: "s" };
    const wrapped = { kind: "pgp", id: "f", enc, fields: new Map(), context: new Map() };
    const service = serviceOf(secret("rsa"), secret("curve"));
    expect(
      textOf(await service.unwrap(wrapped, { session: sessionKey("sops", {}, pod), pod, tokens: new Map(), signal })),
    ).toBe(readVector("pgp/plain.txt"));
  });

  const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

  test("binary, empty, flipped, hidden recipient, and a bomb", async () => {
    const sealed = await sealPgp(Buffer.from([1, 2, 255]));
    const result = await serviceOf(secret("curve")).open(sealed, "team-a", signal);
    expect(result).toMatchObject({ kind: "opened" });
    expect(await open(flip(sealed, sealed.length - 5), secret("curve"))).toBe("damaged");
    expect(await open(await sealPgp(new Uint8Array()), secret("curve"))).toBe("damaged");
    expect(await open(await sealPgp(Buffer.from("x"), { wildcard: true }), secret("rsa"), secret("curve"))).toBe("x");
    const config = { preferredCompressionAlgorithm: enums.compression.zlib };
    expect(await open(await sealPgp(new Uint8Array(3 * 1024 * 1024), { config }), secret("curve"))).toBe("damaged");
  });

  test.each(["", "x", "-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----", "a".repeat(2 << 20)])(
    "what is no message is damaged",
    async (message) => {
      expect(await open(message, secret("rsa"))).toBe("damaged");
    },
  );
});

describe("keys and grants", () => {
  const message = readVector("pgp/rsa.asc");

  test("another namespace has no key, whatever the files say", async () => {
    expect(textOf(await serviceOf("/gone").open(message, "team-b", signal))).toBe("closed");
  });

  test.each([
    ["a file that is gone", "/gone", "has no file at /gone"],
    ["a public key", vectorPath("keys/pgp-rsa-public.asc"), "has a file without an OpenPGP private key"],
  ])("%s is named", async (_, file, problem) => {
    expect(await open(message, file)).toBe(`key "k0" ${problem}`);
    expect(await open(message, file, secret("rsa"))).toBe(readVector("pgp/plain.txt"));
  });

  test("a key file may be binary, as gpg writes it without --armor", async () => {
    const file = join(folder, "own.gpg");
    const key = await readPrivateKey({ armoredKey: readVector("keys/pgp-rsa-secret.asc") });
    writeFileSync(file, key.write());
    expect(await open(message, file)).toBe(readVector("pgp/plain.txt"));
    writeFileSync(file, Buffer.from([0x99, 1, 2, 3]));
    expect(await open(message, file)).toBe('key "k0" has a file with an OpenPGP key that cannot be read');
  });

  test("a locked key without, with a wrong, and with the right passphrase", async () => {
    const file = join(folder, "own.asc");
    const text = join(folder, "own-passphrase");
    copyFileSync(secret("locked"), file);
    writeFileSync(text, "wrong-word");
    const source = { name: "k", kind: "pgp", file, namespaces: ["*"] } as const;
    const locked = readVector("pgp/locked.asc");
    expect(textOf(await createPgpService([source]).open(locked, "a", signal))).toBe(
      'key "k" is locked; add a passphraseFile',
    );
    const service = createPgpService([{ ...source, passphraseFile: text }]);
    const said = textOf(await service.open(locked, "a", signal));
    expect(said).toBe('key "k" is locked, and the text in passphraseFile does not unlock it');
    writeFileSync(text, "pgp-pass");
    expect(textOf(await service.open(locked, "a", signal))).toBe(readVector("pgp/plain.txt"));
  });

  test("an aborted one rejects with the signal's reason", async () => {
    await expect(serviceOf(secret("rsa")).open(message, "team-a", AbortSignal.abort("gone"))).rejects.toBe("gone");
  });
});

describe("a long message", () => {
  const asked: string[] = [];
  const counted: Compute = {
    run: (job, input, turn) => {
      asked.push(job.name);
      return compute.run(job, input, turn);
    },
  };
  const plain = Buffer.alloc(20_000, "a");
  const service = (file: string, more: object = {}) =>
    createPgpService([{ name: "k", kind: "pgp", file, namespaces: ["a"], ...more }], counted);

  test("is opened elsewhere, with the keys as they are unlocked here", async () => {
    const long = await sealPgp(plain);
    const opened = await service(secret("curve")).open(long, "a", signal);
    expect(textOf(opened) === plain.toString()).toBe(true);
    const locked = service(secret("locked"), { passphraseFile: passphrase });
    expect((await locked.open(long, "a", signal)).kind).toBe("closed");
    expect(asked).toEqual(["pgp", "pgp"]);
  });

  test("of very many packets costs what the work may cost", async () => {
    const stopped = new MountError("budget_exceeded", "reading the PGP message was stopped");
    const stopping: Compute = { run: () => Promise.reject(stopped) };
    const source = { name: "k", kind: "pgp", file: secret("rsa"), namespaces: ["a"] } as const;
    const packets = Uint8Array.from({ length: 100_000 }, (_, at) => (at % 3 === 0 ? 0xca : at % 3));
    const result = await createPgpService([source], stopping).open(packets, "a", signal);
    expect(result).toEqual({ kind: "unavailable", error: stopped });
  });
});
