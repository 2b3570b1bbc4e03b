import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import type { Tree } from "../../../../../src/model/outcome.ts";
import { openPfx } from "../../../../../src/text/certificates/pkcs12.ts";
import { Rounds } from "../../../../../src/text/certificates/rounds.ts";
import { writePkcs12 } from "../../../../../src/text/certificates/write-pkcs12.ts";
import { writeOutput } from "../../../../fakes/format-input.ts";

const vector = (name: string) => readFileSync(new URL(`../../../../vectors/certificates/${name}`, import.meta.url));
const text = (name: string) => vector(name).toString("latin1");
const [root, issuer, leaf] = [text("root.pem"), text("issuer.pem"), text("leaf.pem")];
const [key, rsa, rsaKey] = [text("leaf.key"), text("rsa.pem"), text("rsa.key")];
const pfx = vector("chain.pfx");

const shuffled = `${root}${issuer}some words\n${leaf}${key}`;
const vaultMap = {
  certificate: leaf,
  private_key: key,
  ca_chain: [issuer, root],
  issuing_ca: issuer,
  serial_number: "1",
};

const write = async (output: string, data: Tree) => (await writeOutput(output, data)).toString("latin1");

describe("certificate material of any store", () => {
  test.each<{ is: string; data: Tree }>([
    { is: "PEM in any order", data: shuffled },
    { is: "PEM as bytes", data: Buffer.from(shuffled) },
    { is: "PEM with CRLF", data: shuffled.replaceAll("\n", "\r\n") },
    { is: "Vault's PKI map", data: vaultMap },
    { is: "that map with a chain as text", data: { ...vaultMap, ca_chain: issuer + root } },
  ])("$is", async ({ data }) => {
    expect(await write("pem-bundle", data)).toBe(key + leaf + issuer + root);
    expect(await write("pem-key", data)).toBe(key);
    expect(await write("pem-cert", data)).toBe(leaf);
    expect(await write("pem-chain", data)).toBe(leaf + issuer + root);
    expect((await write("pem-ca", data)).length).toBe((issuer + root).length);
    expect(
      createHash("sha256")
        .update(await writeOutput("der", data))
        .digest("hex"),
    ).toBe(
      createHash("sha256")
        .update(Buffer.from(leaf.replaceAll(/-----.*-----|\n/gu, ""), "base64"))
        .digest("hex"),
    );
  });

  test.each<{ is: string; data: Tree }>([
    { is: "bytes", data: pfx },
    { is: "base64", data: `${pfx.toString("base64").replaceAll(/.{76}/gu, "$&\n")}\n` },
  ])("a PFX as $is", async ({ data }) => {
    expect(await write("pem-chain", data)).toBe(leaf + issuer);
    expect(await write("pem-bundle", data)).toMatch(/^-----BEGIN PRIVATE KEY-----/u);
  });

  test("without a key the leaf is what signs no other", async () => {
    expect(await write("pem-chain", issuer + leaf)).toBe(leaf + issuer);
    expect(await write("pem-ca", root + issuer)).toBe(root + issuer);
  });

  test.each<{ output: string; data: Tree; says: RegExp }>([
    { output: "pem-key", data: leaf, says: /there is no private key/u },
    { output: "pem-cert", data: key, says: /there is no certificate$/u },
    { output: "pem-bundle", data: leaf + rsaKey, says: /no certificate belongs to the private key/u },
    { output: "pem-ca", data: leaf, says: /no certificate besides the leaf/u },
    { output: "pem-key", data: key + rsaKey, says: /more than one private key/u },
    { output: "pem-cert", data: { data: vaultMap, metadata: {} }, says: /select the inner map with jmesPath: data/u },
    { output: "pem-cert", data: "s3cr3t", says: /needs PEM text, a PFX without a password/u },
    { output: "pem-cert", data: 5, says: /needs PEM text/u },
    {
      output: "pem-cert",
      data: "-----BEGIN CERTIFICATE-----\nczNjcjN0\n-----END CERTIFICATE-----\n",
      says: /a certificate cannot be read/u,
    },
    {
      output: "pem-bundle",
      data: `${leaf}-----BEGIN ENCRYPTED PRIVATE KEY-----\nczNjcjN0\n-----END ENCRYPTED PRIVATE KEY-----\n`,
      says: /the private key has a password/u,
    },
  ])("$output: $says", async ({ output, data, says }) => {
    const error: unknown = await write(output, data).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: "output_failed", message: expect.stringMatching(says) as unknown });
    expect(String(error)).not.toContain("s3cr3t");
    expect(String(error)).not.toContain("czNj");
  });

  test("what is no PFX, and what has a password, is refused", async () => {
    await expect(write("pem-cert", Buffer.alloc(64, 0xff))).rejects.toMatchObject({ reason: "object_unusable" });
  });
});

describe("pkcs12", () => {
  const make = (data: Tree, password = "changeit", options: object = {}) =>
    writeOutput("pkcs12", data, {
      password,
      options: { legacy: false, trustStore: undefined, alias: "1", ...options },
    });

  test("of the same input is the same bytes; another key, password or form is another", async () => {
    const first = await make(vaultMap);
    expect((await make(shuffled)).equals(first)).toBe(true);
    expect((await make(vaultMap, "other")).equals(first)).toBe(false);
    expect((await make(vaultMap, "changeit", { legacy: true })).equals(first)).toBe(false);
  });

  test.each([false, true])("is opened by our own reader where it has no password (legacy: %s)", async (legacy) => {
    const certificates = [leaf, issuer].map((pem) => Buffer.from(pem.replaceAll(/-----.*-----|\n/gu, ""), "base64"));
    const pkcs8 = Buffer.from(rsaKey.replaceAll(/-----.*-----|\n/gu, ""), "base64");
    const { signal } = new AbortController();
    const store = await writePkcs12({ key: pkcs8, certificates, alias: "a", password: "", legacy }, signal);
    const opened = await openPfx(store, new Rounds(1_000_000), signal);
    expect(opened.keys.map((one) => one.equals(pkcs8))).toEqual([true]);
    expect(opened.certificates.map((one, at) => one.equals(certificates[at] ?? Buffer.alloc(0)))).toEqual([true, true]);
  });

  test("holds no certificate of a trust store's leaf", async () => {
    const whole = await make(shuffled, "changeit", { trustStore: true });
    expect((await make(issuer + root, "changeit", { trustStore: true })).length).toBe(whole.length);
  });

  test.each<{ data: Tree; options: object; says: RegExp }>([
    { data: leaf, options: { trustStore: false }, says: /there is no private key/u },
    { data: leaf + key, options: { trustStore: true }, says: /there is no certificate to trust/u },
    { data: rsa + key, options: {}, says: /no certificate belongs to the private key/u },
  ])("refuses: $says", async ({ data, options, says }) => {
    await expect(make(data, "changeit", options)).rejects.toThrow(says);
  });
});
