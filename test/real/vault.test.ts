import { createPrivateKey, X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startKube, type FakeKube } from "../fakes/kube.ts";
import { startServer, type SmallServer } from "../fakes/small-server.ts";
import { attributesOf, createMounting, textsOf, type Mounting } from "../fakes/mounting.ts";
import { ownGoProgram } from "./tools.ts";
import { createIssuer, startRealVault, type RealVault } from "./vault-process.ts";

const program = ownGoProgram("vault-server");
const against = program === undefined ? describe.skip : describe;
const issuer = createIssuer();
const subject = "system:serviceaccount:shop:web";

const policy = `
path "kv1/*" { capabilities = ["read"] }
path "secret/data/*" { capabilities = ["read"] }
path "pki/issue/web" { capabilities = ["update"] }
path "rabbitmq/creds/app" { capabilities = ["read"] }
path "sys/leases/revoke" { capabilities = ["update"] }
`;

let vault: RealVault;
let broker: SmallServer;
let kube: FakeKube;
let mounting: Mounting;

const jwt = (audience = "vault") => issuer.token({ sub: subject, aud: audience });

function mount(objects: string, more: Readonly<Record<string, string>> = {}, pod = "web-0") {
  const tokens = JSON.stringify({ vault: { token: jwt() } });
  const parameters = { roleName: "shop", vaultAuthMountPath: "jwt", objects, ...more };
  return mounting.mount(attributesOf({ "csi.storage.k8s.io/serviceAccount.tokens": tokens, ...parameters }, pod));
}

async function setUp(): Promise<void> {
  await vault.root("POST", "sys/auth/jwt", { type: "jwt" });
  await vault.root("POST", "auth/jwt/config", { jwt_validation_pubkeys: [issuer.publicKey] });
  const role = { role_type: "jwt", bound_audiences: ["vault"], user_claim: "sub", bound_subject: subject };
  await vault.root("PUT", "sys/policies/acl/shop", { policy });
  await vault.root("POST", "auth/jwt/role/shop", { ...role, token_policies: ["shop"], token_ttl: "1h" });
  await vault.root("POST", "sys/mounts/kv1", { type: "kv", options: { version: "1" } });
  await vault.root("POST", "sys/mounts/secret", { type: "kv", options: { version: "2" } });
  await vault.root("POST", "sys/mounts/pki", { type: "pki" });
  await vault.root("POST", "pki/root/generate/internal", { common_name: "test ca", key_type: "ec", key_bits: 256 });
  await vault.root("POST", "pki/roles/web", {
    allowed_domains: ["shop.test"],
    allow_subdomains: true,
    key_type: "ec",
    key_bits: 256,
    max_ttl: "1h",
  });
  await vault.root("POST", "sys/mounts/rabbitmq", { type: "rabbitmq" });
  const connection = { connection_uri: broker.url, username: "admin", password: "admin", verify_connection: false };
  await vault.root("POST", "rabbitmq/config/connection", connection);
  await vault.root("POST", "rabbitmq/config/lease", { ttl: "600s", max_ttl: "3600s" });
  await vault.root("POST", "rabbitmq/roles/app", { vhosts: '{"/":{"write":".*","read":".*","configure":""}}' });
}

async function eventually(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (tries > 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

against("a real Vault server", () => {
  beforeAll(async () => {
    broker = await startServer(() => ({ status: 204 }));
    vault = await startRealVault(program ?? "");
    await setUp();
    await vault.root("POST", "kv1/app", { pw: "p1", n: 12_345 });
    // A version 2 engine answers once it has upgraded itself.
    await eventually(() => vault.root("POST", "secret/data/app", { data: { pw: "first" } }));
    await vault.root("POST", "secret/data/app", { data: { pw: "second", o: { z: "<&>", a: [1] } } });
    kube = await startKube();
    kube.pods.set("shop/web-1", "uid-web-1");
    mounting = createMounting(kube, { "vault-addr": vault.address }, Date.now());
  }, 60_000);

  afterAll(async () => {
    await vault.stop();
    await Promise.all([broker.close(), kube.close()]);
  });

  test("KV version 1 and 2, whole and by key, old versions", async () => {
    const answer = await mount(
      [
        "- { objectName: one, secretPath: kv1/app, secretKey: pw }",
        "- { objectName: two, secretPath: secret/data/app, secretKey: pw }",
        '- { objectName: old, secretPath: "secret/data/app?version=1", secretKey: pw }',
        "- { objectName: o, secretPath: secret/data/app, secretKey: o }",
        "- { objectName: whole, secretPath: kv1/app }",
      ].join("\n"),
    );
    const { whole = "", ...texts } = textsOf(answer);
    expect(texts).toEqual({ one: "p1", two: "second", old: "first", o: '{"a":[1],"z":"\\u003c\\u0026\\u003e"}' });
    expect(JSON.parse(whole)).toMatchObject({ lease_id: "", renewable: false, data: { pw: "p1", n: 12_345 } });
  });

  test("the native language, with versions of the store", async () => {
    const stores = `[{ name: v, kind: vault, address: "${vault.address}", role: shop, authMount: jwt }]`;
    const objects =
      "- { objectName: secret/data/app, jmesPath: data.pw, objectAlias: a }\n- { objectName: secret/data/app, objectVersion: 1, key: pw, objectAlias: b }";
    const tokens = { "csi.storage.k8s.io/serviceAccount.tokens": JSON.stringify({ vault: { token: jwt() } }) };
    const answer = await mounting.mount(attributesOf({ ...tokens, stores, objects }), { dialect: "keyferry" });
    expect(textsOf(answer)).toEqual({ a: "second", b: "first" });
    expect(answer.versions.map(({ version }) => version.split("-")[0])).toEqual(["2", "1"]);
  });

  test("a deleted version and a path that is not there are not found", async () => {
    await vault.root("POST", "secret/data/gone", { data: { k: "v" } });
    await vault.root("DELETE", "secret/data/gone");
    for (const path of ["secret/data/gone", "kv1/nope", "nowhere/x"]) {
      const mounted = mount(`- { objectName: f, secretPath: ${path}, secretKey: k }`);
      const expected = path.startsWith("nowhere") ? "access_denied" : "object_not_found";
      await expect(mounted).rejects.toMatchObject({ reason: expected });
    }
  });

  test("a certificate and its key belong together and stay", async () => {
    const issue = (key: string) =>
      `- { objectName: ${key}, secretPath: pki/issue/web, secretKey: ${key}, method: PUT, secretArgs: { common_name: a.shop.test, ttl: 30m } }`;
    const objects = ["certificate", "private_key"].map(issue).join("\n");
    const texts = textsOf(await mount(objects));
    const key = createPrivateKey(texts["private_key"] ?? "");
    expect(new X509Certificate(texts["certificate"] ?? "").checkPrivateKey(key)).toBe(true);
    expect(textsOf(await mount(objects))).toEqual(texts);
    expect(textsOf(await mount(objects, {}, "web-1"))).not.toEqual(texts);
  });

  test("dynamic credentials: one for each pod, renewed, revoked when the pod is gone", async () => {
    const objects = ["username", "password"]
      .map((key) => `- { objectName: ${key}, secretPath: rabbitmq/creds/app, secretKey: ${key} }`)
      .join("\n");
    const [mine, other] = await Promise.all([mount(objects), mount(objects, {}, "web-1")]);
    expect(textsOf(mine)).not.toEqual(textsOf(other));
    await mounting.clock.advance(7 * 60_000);
    expect(textsOf(await mount(objects))).toEqual(textsOf(mine));
    const leases = async () => {
      const { data } = await vault.root("LIST", "sys/leases/lookup/rabbitmq/creds/app");
      return data;
    };
    expect(await leases()).toMatchObject({ keys: [expect.any(String), expect.any(String)] });
    for (let half = 0; half < 60; half += 1) {
      await mounting.clock.advance(30_000);
      mounting.tend();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await eventually(() => {
      expect(broker.asked.filter(({ method }) => method === "DELETE")).toHaveLength(1);
      return Promise.resolve();
    });
    expect(await leases()).toMatchObject({ keys: [expect.any(String)] });
  });

  test.each([
    ["an unknown role", { roleName: "nobody" }, /role/],
    ["a role for another audience", { roleName: "shop", audience: "other" }, /logging in at auth\/jwt as role "shop"/],
    ["an auth mount that is not there", { vaultAuthMountPath: "nowhere" }, /auth\/nowhere/],
  ])("%s", async (_, change, message) => {
    const tokens = JSON.stringify({ vault: { token: jwt() }, other: { token: jwt("other") } });
    const parameters = { "csi.storage.k8s.io/serviceAccount.tokens": tokens, ...change };
    await expect(mount("- { objectName: f, secretPath: kv1/app, secretKey: pw }", parameters)).rejects.toMatchObject({
      reason: "identity_rejected",
      text: expect.stringMatching(message),
    });
  });

  test("a policy that does not allow it", async () => {
    await expect(mount("- { objectName: f, secretPath: sys/policies/acl/root, secretKey: k }")).rejects.toMatchObject({
      reason: "access_denied",
      text: expect.stringMatching(/the policy needs read on "sys\/policies\/acl\/root"/),
    });
  });

  test("tokens that were revoked midway are replaced", async () => {
    const objects = "- { objectName: f, secretPath: kv1/app, secretKey: pw }";
    await mount(objects);
    await vault.root("PUT", "sys/leases/revoke-force/auth/jwt");
    await vault.root("POST", "kv1/app", { pw: "p2" });
    await mounting.clock.advance(5 * 60_000);
    expect(textsOf(await mount(objects))).toEqual({ f: "p2" });
  });

  test("a sealed server is an outage, and is used again when it is open", async () => {
    await vault.root("PUT", "sys/seal");
    await mounting.clock.advance(5 * 60_000);
    const objects = "- { objectName: f, secretPath: kv1/app, secretKey: pw }";
    const mounted = mount(objects).catch((thrown: unknown) => thrown);
    for (let turn = 0; turn < 100; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await mounting.clock.advance(1_000);
    }
    expect(await mounted).toMatchObject({ reason: "store_unavailable" });
    await vault.unseal();
    await mounting.clock.advance(5 * 60_000);
    expect(textsOf(await mount(objects))).toEqual({ f: "p2" });
  });

  test("a server that was restarted is used again", async () => {
    await vault.restart();
    await mounting.clock.advance(5 * 60_000);
    expect(textsOf(await mount("- { objectName: f, secretPath: kv1/app, secretKey: pw }"))).toEqual({ f: "p2" });
  });
});
