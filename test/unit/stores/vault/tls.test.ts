import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { tlsOptions } from "../../../../src/http/tls.ts";
import { startVault, vaultData } from "../../../fakes/vault.ts";
import { chooseTls, type ReadTls } from "../../../../src/stores/vault/tls.ts";
import { attributesOf, createMounting, textsOf } from "../../../fakes/mounting.ts";

const folder = new URL("../../../vectors/tls/", import.meta.url);
const pem = (name: string) => readFileSync(new URL(name, folder), "utf8");
const path = (name: string) => new URL(name, folder).pathname;

const files = (content: Readonly<Record<string, string>>): ReadTls => ({
  file: (name) =>
    name in content ? Promise.resolve(Buffer.from(content[name] ?? "")) : Promise.reject(new Error("no")),
  folder: () => Promise.resolve(Object.values(content).map((text) => Buffer.from(text))),
});

describe("TLS settings", () => {
  test("nothing set is nothing", async () => {
    expect(await chooseTls({ skipVerify: false }, files({}))).toBeUndefined();
  });

  test("a file beats a text beats a folder", async () => {
    const [ca, other] = [pem("ca.pem"), pem("server.pem")];
    const read = files({ "/ca": ca });
    expect([
      (await chooseTls({ caFile: "/ca", ca: other, caFolder: "/d", skipVerify: false }, read))?.ca,
      (await chooseTls({ ca: other, caFolder: "/d", skipVerify: false }, read))?.ca,
      (await chooseTls({ caFolder: "/d", skipVerify: false }, read))?.ca,
    ]).toEqual([ca, other, ca]);
  });

  test("where CAs are added, all three forms are loaded, and a folder's other files are skipped", async () => {
    const [ca, other] = [pem("ca.pem"), pem("other.pem")];
    const read: ReadTls = {
      file: () => Promise.resolve(Buffer.from(ca)),
      folder: () => Promise.resolve([Buffer.from("a text"), Buffer.from(other), Buffer.from(pem("ca.key"))]),
    };
    const all = { caFile: "/ca", ca: pem("server.pem"), caFolder: "/d", skipVerify: false, addsCa: true };
    const settings = await chooseTls(all, read);
    expect(settings?.ca?.match(/BEGIN CERTIFICATE/gu)).toHaveLength(3);
    expect(settings?.ca).not.toContain("PRIVATE KEY");
    const options = tlsOptions(settings);
    const trusted = "ca" in options && Array.isArray(options.ca) ? (options.ca as readonly string[]) : [];
    expect(trusted.length).toBeGreaterThan(1);
    expect(trusted.at(-1)).toBe(settings?.ca);
  });

  test("a folder without any certificate adds none; a file that is missing beside a good text fails", async () => {
    const read = files({ "/text": "hunter2" });
    expect((await chooseTls({ caFolder: "/d", skipVerify: false, addsCa: true }, read))?.ca).toBeUndefined();
    const missing = chooseTls({ ca: pem("ca.pem"), caFile: "/nope", skipVerify: false, addsCa: true }, read);
    await expect(missing).rejects.toMatchObject({ reason: "not_configured" });
  });

  test.each([
    ["a file that is not there", { caFile: "/nope" }, /the file \/nope cannot be read by the daemon/],
    ["a file without PEM", { caFile: "/text" }, /\/text holds no PEM certificate/],
    ["a folder with a file without PEM", { caFolder: "/d" }, /a file below \/d holds no PEM certificate/],
    ["a client certificate that is not there", { certificateFile: "/nope", keyFile: "/text" }, /\/nope cannot be read/],
  ])("%s is refused", async (_, tls, message) => {
    const settings = chooseTls({ skipVerify: false, ...tls }, files({ "/text": "hunter2" }));
    await expect(settings).rejects.toMatchObject({ reason: "not_configured", message: expect.stringMatching(message) });
  });
});

describe("over TLS", () => {
  const manifest = (more: Readonly<Record<string, string>>) =>
    attributesOf({ roleName: "r", objects: "- { objectName: f, secretPath: kv/a, secretKey: k }", ...more });
  const serve = async (name: string, more = {}) => {
    const vault = await startVault({ key: pem(`${name}.key`), cert: pem(`${name}.pem`), ...more });
    vault.routes.set("/v1/kv/a", vaultData({ k: "v" }));
    return vault;
  };

  test("provider openbao trusts its CA beside the system's", async () => {
    const vault = await serve("server");
    const mounting = createMounting(undefined, { "openbao-addr": vault.url, "openbao-tls-ca-cert": path("ca.pem") });
    const tokens = { "csi.storage.k8s.io/serviceAccount.tokens": JSON.stringify({ openbao: { token: "a.b.c" } }) };
    expect(textsOf(await mounting.mount({ ...manifest({}), ...tokens }, { dialect: "openbao" }))).toEqual({ f: "v" });
    await vault.close();
  });

  test("a CA file, a client certificate and a server name are used", async () => {
    const vault = await serve("other", { ca: pem("ca.pem"), requestCert: true, rejectUnauthorized: true });
    const answer = await createMounting(undefined, { "vault-addr": vault.url }).mount(
      manifest({
        vaultCACertPath: path("ca.pem"),
        vaultTLSServerName: "elsewhere.test",
        vaultTLSClientCertPath: path("client.pem"),
        vaultTLSClientKeyPath: path("client.key"),
      }),
    );
    expect(textsOf(answer)).toEqual({ f: "v" });
    await vault.close();
  });

  test.each([
    ["another name", "other", { vaultCACertPath: path("ca.pem") }, /certificate is for another name/],
    ["an unknown CA", "server", {}, /the CA of its certificate is not trusted/],
  ])("a certificate of %s is refused, and no token sent", async (_, name, parameters, message) => {
    const vault = await serve(name);
    const { mount } = createMounting(undefined, { "vault-addr": vault.url });
    await expect(mount(manifest(parameters))).rejects.toMatchObject({
      reason: "store_untrusted",
      text: expect.stringMatching(message),
    });
    expect(vault.asked).toEqual([]);
    await vault.close();
  });

  test("verification is off only for the manifest that says so", async () => {
    const vault = await serve("other");
    const { mount } = createMounting(undefined, { "vault-addr": vault.url });
    expect(textsOf(await mount(manifest({ vaultSkipTLSVerify: "true" })))).toEqual({ f: "v" });
    await expect(mount(manifest({}))).rejects.toMatchObject({ reason: "store_untrusted" });
    await vault.close();
  });
});
