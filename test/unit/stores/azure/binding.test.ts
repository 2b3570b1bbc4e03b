import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { bindingServerName } from "../../../../src/identity/azure/binding.ts";
import { startAzure, type FakeAzure } from "../../../fakes/azure.ts";
import { attributesOf, createMounting, textsOf, type Mounting } from "../../../fakes/mounting.ts";
import { startServer, type SmallServer } from "../../../fakes/small-server.ts";
import { podToken } from "../../../fakes/pod-token.ts";

const vector = (name: string) => fileURLToPath(new URL(`../../../vectors/tls/${name}`, import.meta.url));
const tls = { key: readFileSync(vector("apiserver.key")), cert: readFileSync(vector("apiserver.pem")) };
const tokensKey = "csi.storage.k8s.io/serviceAccount.tokens";

function tokenOf(token: string): Readonly<Record<string, string>> {
  return { [tokensKey]: JSON.stringify({ "api://AKSIdentityBinding": { token } }) };
}
let azure: FakeAzure;
let proxy: SmallServer;

beforeEach(async () => {
  azure = await startAzure({
    secrets: { db: [{ version: "a".repeat(32), enabled: true, value: "s3cret" }] },
    keys: {},
    certificates: {},
  });
  proxy = await startServer(() => {
    azure.tokens.add("bound-token");
    return { body: JSON.stringify({ access_token: "bound-token", expires_in: 3600 }) };
  }, tls);
});

afterEach(() => Promise.all([azure.close(), proxy.close()]));

function mounting(more: Readonly<Record<string, string>> = {}): Mounting {
  return createMounting(undefined, {
    "azure-vault-endpoint": azure.url,
    "azure-token-proxy-url": `https://127.0.0.1:${proxy.port}`,
    "azure-token-proxy-ca-file": vector("ca.pem"),
    ...more,
  });
}

function attributes(more: Readonly<Record<string, string>> = {}, pod = "web-0"): Record<string, string> {
  return {
    ...attributesOf({}, pod),
    [tokensKey]: JSON.stringify({ "api://AKSIdentityBinding": { token: `bind-${pod}` } }),
    keyvaultName: "shop",
    tenantID: "tenant-1",
    clientID: "client-1",
    useAzureTokenProxy: "true",
    objects: "array:\n  - |\n    objectName: db\n    objectType: secret\n",
    ...more,
  };
}

const mount = (one: Mounting, more = {}, pod = "web-0") => one.mount(attributes(more, pod), { dialect: "azure" });

describe("identity binding", () => {
  test.each([
    ["696995ccb303450001b31a18", "aeaf29ip1hi5q38ebc3u4daum81u0unk52t5bg50j25234fmuj78g.ests.aks"],
    ["abc123def456", "avimke6u6l2eeq8qc1cneuaq4sl2e1av9t4clqgun97le32hub670.ests.aks"],
  ])("cluster %s has its proxy at %s", (id, name) => {
    expect(bindingServerName(id)).toBe(name);
  });

  test("signs in at the cluster's proxy, under the name that its certificate's id makes", async () => {
    expect(textsOf(await mount(mounting()))).toEqual({ db: "s3cret" });
    const [asked, ...rest] = proxy.asked;
    expect([asked?.method, asked?.url, asked?.headers.host]).toEqual([
      "POST",
      "/tenant-1/oauth2/v2.0/token",
      "login.microsoftonline.com",
    ]);
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      grant_type: "client_credentials",
      scope: "https://vault.azure.net/.default",
      client_id: "client-1",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: "bind-web-0",
    });
    expect(rest).toEqual([]);
  });

  test("takes the operator's name for the proxy", async () => {
    const other = mount(mounting({ "azure-token-proxy-server-name": "elsewhere.test" }));
    await expect(other).rejects.toMatchObject({ reason: "store_untrusted" });
    expect(proxy.asked).toEqual([]);
  });

  test("is one sign-in for pods of one service account, and none for another identity's", async () => {
    const one = mounting();
    await mount(one, tokenOf(podToken("web-0")));
    await mount(one, tokenOf(podToken("web-1")), "web-1");
    expect(proxy.asked).toHaveLength(1);
    const admin = { "csi.storage.k8s.io/serviceAccount.name": "admin" };
    await mount(one, { ...tokenOf(podToken("web-0", "shop", "admin")), ...admin });
    expect(proxy.asked).toHaveLength(2);
  });

  test("is a pod's own with a token that its author brought along", async () => {
    const one = mounting();
    await mount(one, tokenOf(podToken("web-0")));
    await mount(one, tokenOf("brought-along"), "web-1");
    expect(proxy.asked).toHaveLength(2);
  });

  test("works in the native language", async () => {
    const store = { name: "v", kind: "azure", vault: "shop", tenantId: "t", clientId: "c", auth: "binding" };
    const given = {
      ...attributesOf({ stores: JSON.stringify([store]), objects: "- objectName: db\n" }),
      [tokensKey]: JSON.stringify({ "api://AKSIdentityBinding": { token: "bind" } }),
    };
    expect(textsOf(await mounting().mount(given, { dialect: "keyferry" }))).toEqual({ db: "s3cret" });
  });
});

describe("what is missing is named", () => {
  test("a client", async () => {
    await expect(mount(mounting(), { clientID: "" })).rejects.toMatchObject({
      reason: "parameter_invalid",
      message: expect.stringMatching(/clientID is required for identity binding/),
    });
  });

  test("a token for the audience", async () => {
    const none = mount(mounting(), { [tokensKey]: JSON.stringify({ "api://AzureADTokenExchange": { token: "x" } }) });
    await expect(none).rejects.toMatchObject({
      reason: "identity_missing",
      message: expect.stringMatching(/audience "api:\/\/AKSIdentityBinding"/),
    });
  });

  test.each([
    [{ "azure-token-proxy-ca-file": "/nowhere/ca.crt" }, "not_configured", /\/nowhere\/ca\.crt cannot be read/],
  ])("a setting: %j", async (settings, reason, message) => {
    await expect(mount(mounting(settings))).rejects.toMatchObject({ reason, message: expect.stringMatching(message) });
  });

  test("the cluster's id", async () => {
    const plain = await startServer(() => ({}), {
      key: readFileSync(vector("server.key")),
      cert: readFileSync(vector("server.pem")),
    });
    const none = mount(mounting({ "azure-token-proxy-url": `https://127.0.0.1:${plain.port}` }));
    await expect(none).rejects.toMatchObject({
      reason: "not_configured",
      message: expect.stringMatching(/does not hold the cluster's id/),
    });
    await plain.close();
  });

  test("trust in the API server", async () => {
    const none = mount(mounting({ "azure-token-proxy-ca-file": vector("other.pem") }));
    await expect(none).rejects.toMatchObject({ reason: "store_untrusted" });
  });

  test("a refusal keeps the assertion to itself", async () => {
    await proxy.close();
    proxy = await startServer(
      () => ({ status: 401, body: JSON.stringify({ error: "x", error_description: "AADSTS700016: bind-web-0" }) }),
      tls,
    );
    const error: unknown = await mount(mounting()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: "identity_rejected", message: expect.stringMatching(/AADSTS700016/) });
    expect(String(error)).not.toContain("bind-web-0");
  });
});
