import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import type { FakeVault } from "../../../fakes/vault.ts";
import { startKube } from "../../../fakes/kube.ts";
import { startVault, vaultData, vaultJson } from "../../../fakes/vault.ts";
import { attributesOf, createMounting, textsOf, type Mounting } from "../../../fakes/mounting.ts";

let vault: FakeVault;
let mounting: Mounting;

beforeEach(async () => {
  vault = await startVault();
  mounting = createMounting(undefined, { "vault-addr": vault.url });
});

afterEach(() => vault.close());

const login = "POST /v1/auth/kubernetes/login";
const objects = (...lines: readonly string[]) => ({
  roleName: "shop",
  objects: lines.map((one) => `- ${one}`).join("\n"),
});
const kv = objects(
  "{ objectName: user, secretPath: kv/db, secretKey: user }",
  "{ objectName: pw, secretPath: kv/db, secretKey: pw }",
  "{ objectName: api, secretPath: kv/api, secretKey: k }",
);
/** For what waits between its tries. */
async function whileTimePasses<Made>(work: Promise<Made>): Promise<Made> {
  const state = { isOver: false };
  const end = () => (state.isOver = true);
  work.then(end, end);
  while (!state.isOver) {
    await mounting.clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return work;
}

const minutes = (count: number) => mounting.clock.advance(count * 60_000);

beforeEach(() => {
  vault.routes.set("/v1/kv/db", vaultData({ user: "u", pw: "p" }));
  vault.routes.set("/v1/kv/api", vaultData({ k: "a" }));
});

describe("calls", () => {
  test("one login, and one read for each path however many objects name it", async () => {
    const answer = await mounting.mount(attributesOf(kv));
    expect(textsOf(answer)).toEqual({ user: "u", pw: "p", api: "a" });
    expect(vault.calls()).toEqual([login, "GET /v1/kv/db", "GET /v1/kv/api"]);
  });

  test("40 pods of one service account log in for themselves and share the reads, at once and one after another", async () => {
    const pods = Array.from({ length: 39 }, (_, index) => `web-${index}`);
    await Promise.all(pods.map((pod) => mounting.mount(attributesOf(kv, pod))));
    await mounting.mount(attributesOf(kv, "web-39"));
    const calls = vault.calls();
    expect([calls.filter((call) => call === login).length, calls.filter((call) => call !== login)]).toEqual([
      40,
      ["GET /v1/kv/db", "GET /v1/kv/api"],
    ]);
  });

  test("a repeated Mount after the interval reads again with the same token", async () => {
    await mounting.mount(attributesOf(kv));
    await minutes(3);
    await mounting.mount(attributesOf(kv));
    expect(vault.calls().filter((call) => call === login)).toHaveLength(1);
    expect(vault.calls()).toHaveLength(5);
  });

  test.each([
    ["role", { roleName: "other" }],
    ["namespace", { vaultNamespace: "team" }],
    ["mount", { vaultAuthMountPath: "jwt" }],
  ])("another %s logs in for itself", async (_, change) => {
    await mounting.mount(attributesOf(kv));
    await mounting.mount(attributesOf({ ...kv, ...change }, "web-1"));
    expect(vault.calls().filter((call) => call.endsWith("/login"))).toHaveLength(2);
  });

  test("another service account logs in for itself", async () => {
    await mounting.mount(attributesOf(kv));
    await mounting.mount({ ...attributesOf(kv, "web-1"), "csi.storage.k8s.io/serviceAccount.name": "admin" });
    expect(vault.calls().filter((call) => call === login)).toHaveLength(2);
  });
});

describe("tokens", () => {
  test("are renewed when two thirds of their life are over", async () => {
    vault.login.leaseDuration = 600;
    await mounting.mount(attributesOf(kv));
    await minutes(8);
    await mounting.mount(attributesOf(kv));
    expect(vault.calls().slice(3)).toEqual(["POST /v1/auth/token/renew-self", "GET /v1/kv/db", "GET /v1/kv/api"]);
  });

  test("that cannot be renewed are replaced before they end", async () => {
    vault.login.leaseDuration = 600;
    vault.login.renewable = false;
    await mounting.mount(attributesOf(kv));
    await minutes(8);
    await mounting.mount(attributesOf(kv));
    expect(vault.calls().slice(3)).toEqual([login, "GET /v1/kv/db", "GET /v1/kv/api"]);
  });

  test("that the server prolongs no further are replaced in time", async () => {
    vault.login.leaseDuration = 600;
    vault.routes.set("/v1/auth/token/renew-self", vaultJson({ errors: ["lease is not renewable"] }, 400));
    await mounting.mount(attributesOf(kv));
    await minutes(9);
    await mounting.mount(attributesOf(kv));
    expect(vault.calls().slice(3, 5)).toEqual(["POST /v1/auth/token/renew-self", login]);
  });

  test("that should be replaced serve to their end while no login is answered", async () => {
    vault.login.leaseDuration = 600;
    vault.login.renewable = false;
    await mounting.mount(attributesOf(kv));
    await minutes(8);
    vault.login.answer = vaultJson({ errors: ["internal error"] }, 500);
    expect(textsOf(await whileTimePasses(mounting.mount(attributesOf(kv))))).toEqual({ user: "u", pw: "p", api: "a" });
    expect(vault.calls().filter((call) => call === login).length).toBeGreaterThan(1);
    await minutes(3);
    await expect(whileTimePasses(mounting.mount(attributesOf(kv)))).rejects.toMatchObject({
      reason: "store_unavailable",
    });
  });

  test("that were revoked are replaced once, and the reads repeated", async () => {
    await mounting.mount(attributesOf(kv));
    vault.tokens.clear();
    await minutes(3);
    expect(textsOf(await mounting.mount(attributesOf(kv)))).toEqual({ user: "u", pw: "p", api: "a" });
    expect(vault.calls().filter((call) => call === login)).toHaveLength(2);
  });

  test("are not replaced again and again where the policy denies a path", async () => {
    const denied = objects("{ objectName: d, secretPath: kv/denied, secretKey: k }");
    vault.routes.set("/v1/kv/denied", vaultJson({ errors: ["permission denied"] }, 403));
    for (let tries = 0; tries < 5; tries += 1) {
      await expect(mounting.mount(attributesOf(denied))).rejects.toMatchObject({ reason: "access_denied" });
    }
    expect(vault.calls().filter((call) => call === login)).toHaveLength(1);
  });
});

describe("what Vault refuses", () => {
  const one = objects("{ objectName: f, secretPath: kv/x, secretKey: k }");

  test.each([
    [
      403,
      "permission denied",
      "access_denied",
      /403 permission denied reading kv\/x as role "shop"; the policy needs read on "kv\/x"/,
    ],
    [404, "", "object_not_found", /404 nothing at kv\/x; check the path/],
    [404, 'no handler for route "kv/x"', "object_not_found", /nothing is mounted at that path: kv\/x/],
    [400, "missing common_name: hunter2", "parameter_invalid", /400 an argument is missing for GET kv\/x/],
    [400, "failed to connect with password=hunter2", "parameter_invalid", /status 400 for GET kv\/x/],
    [405, "unsupported operation", "parameter_invalid", /405 unsupported operation/],
  ])("a read with %d %j", async (status, text, reason, message) => {
    vault.routes.set("/v1/kv/x", vaultJson({ errors: text === "" ? [] : [text] }, status));
    const error: unknown = await mounting.mount(attributesOf(one)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason, text: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain("hunter2");
  });

  test.each([
    [
      400,
      'invalid role name "shop"',
      /400 invalid role name when logging in at auth\/kubernetes as role "shop"; bind the role/,
    ],
    [403, "service account name not authorized", /403 service account name not authorized/],
    [404, "", /404.*enable an auth method there/],
    [
      403,
      "permission denied",
      /403 permission denied.*bind the role.*the server says the same where there is no auth mount kubernetes/,
    ],
    [
      500,
      'claim "iss" is invalid',
      /500 claim "iss" is invalid when logging in at auth\/kubernetes as role "shop"; .*disable_iss_validation=true.*auth\/kubernetes\/config/,
    ],
    [
      500,
      "could not load backend configuration",
      /500 the auth mount is not configured.*role "shop"; write auth\/kubernetes\/config/,
    ],
    [
      500,
      'Post "https://10.0.0.1/apis/authentication.k8s.io/v1/tokenreviews": x509: certificate signed by unknown authority',
      /500 the server does not trust the certificate of the Kubernetes API.*set kubernetes_ca_cert/,
    ],
    [403, "lookup failed: service account unauthorized", /403 the server could not review.*system:auth-delegator/],
    [400, "error validating token: invalid audience (aud) claim", /400 the audience of the pod's token is not one/],
    [403, "no known key successfully validated the token signature", /403 the signature.*jwks_url/],
  ])("a login with %d %j", async (status, text, message) => {
    vault.login.answer = vaultJson({ errors: text === "" ? [] : [text] }, status);
    await expect(mounting.mount(attributesOf(one))).rejects.toMatchObject({
      reason: "identity_rejected",
      text: expect.stringMatching(message),
    });
  });

  const gets = () => vault.calls().filter((call) => call.endsWith(" /v1/kv/x")).length;

  test.each([
    { is: "a sealed server", reply: vaultJson({ errors: ["Vault is sealed"] }, 503), text: /503 the server is sealed/ },
    {
      is: "an engine that fails",
      reply: vaultJson({ errors: ["boom hunter2"] }, 500),
      text: /status 500 reading kv\/x as role "shop"/,
    },
    {
      is: "a database without its connection",
      reply: vaultJson(
        { errors: ['1 error occurred:\n\t* failed to find entry for connection with name: "pg"\n\n'] },
        500,
      ),
      text: /500 the engine has no connection.*reading kv\/x as role "shop"; write the connection's configuration/,
    },
    {
      is: "a back end that is gone",
      reply: vaultJson({ errors: ["dial tcp 10.0.0.7:5432: connect: connection refused"] }, 500),
      text: /500 the engine cannot reach its back end reading kv\/x as role "shop"/,
    },
    {
      is: "an ingress's own page",
      reply: { status: 404, body: "<html>default backend - 404</html>" },
      text: /not in the form of Vault: a proxy/,
    },
    {
      is: "a gateway's own JSON",
      reply: vaultJson({ message: "no Route matched" }, 404),
      text: /not in the form of Vault: a proxy/,
    },
    {
      is: "a gateway's page",
      reply: { status: 502, body: "<html>" },
      text: /status 502 reading kv\/x.*a proxy in front of it may/,
    },
  ])("$is is an outage, asked three times", async ({ reply, text }) => {
    vault.routes.set("/v1/kv/x", reply);
    const error = await whileTimePasses(mounting.mount(attributesOf(one)).catch((thrown: unknown) => thrown));
    expect(error).toMatchObject({ reason: "store_unavailable", text: expect.stringMatching(text) });
    expect(String(error)).not.toContain("hunter2");
    expect(gets()).toBe(3);
  });

  test("what a server cannot do is asked for once", async () => {
    vault.routes.set("/v1/kv/x", vaultJson({ errors: ["not implemented"] }, 501));
    await expect(mounting.mount(attributesOf(one))).rejects.toMatchObject({ reason: "parameter_invalid" });
    expect(gets()).toBe(1);
  });

  test.each([
    { status: 429, says: "rate limit quota exceeded" },
    { status: 503, says: "Vault is sealed" },
    { status: 412, says: "required index state not present" },
  ])("a write that met $status was not begun, and is repeated", async ({ status, says }) => {
    vault.routes.set("/v1/kv/x", [vaultJson({ errors: [says] }, status), vaultData({ k: "v" })]);
    const write = objects("{ objectName: f, secretPath: kv/x, secretKey: k, method: PUT }");
    expect(textsOf(await whileTimePasses(mounting.mount(attributesOf(write))))).toEqual({ f: "v" });
    expect(gets()).toBe(2);
  });

  test.each([
    [
      "deleted",
      { data: { data: null, metadata: { version: 2, deletion_time: "2026-02-02T00:00:00Z", destroyed: false } } },
      /404 version 2 of kv\/x was deleted at 2026-02-02T00:00:00Z; undelete it, write a new version/,
    ],
    [
      "destroyed",
      { data: { data: null, metadata: { version: 3, deletion_time: "", destroyed: true } } },
      /404 version 3 of kv\/x was destroyed; write a new version/,
    ],
    [
      "of an engine of version 2",
      { errors: [], warnings: ["Invalid path for a versioned K/V secrets engine. See the API docs"] },
      /404 nothing at kv\/x: a KV version 2 engine is mounted there; write kv\/data\/x/,
    ],
  ])("a secret that is %s is told as such", async (_, answer, text) => {
    vault.routes.set("/v1/kv/x", vaultJson(answer, 404));
    await expect(mounting.mount(attributesOf(one))).rejects.toMatchObject({
      reason: "object_not_found",
      text: expect.stringMatching(text),
    });
  });

  test("a denied path names the one of KV version 2, where it may be one", async () => {
    const denied = vaultJson({ errors: ["1 error occurred:\n\t* permission denied\n\n"] }, 403);
    const told = async (secretPath: string) => {
      vault.routes.set(`/v1/${secretPath}`, denied);
      const manifest = objects(`{ objectName: f, secretPath: ${secretPath}, secretKey: k }`);
      return MountError.from(await mounting.mount(attributesOf(manifest)).catch((thrown: unknown) => thrown)).text;
    };
    expect(await told("secret/db")).toMatch(/if the engine is KV version 2, the path is secret\/data\/db/);
    for (const path of ["secret/data/db", "database/creds/shop", "sys/health"]) {
      expect(await told(path)).not.toContain("KV version 2");
    }
  });

  test("a login whose review cannot be made is an outage with mount and role", async () => {
    const text =
      'Post "https://10.0.0.1/apis/authentication.k8s.io/v1/tokenreviews": dial tcp 10.0.0.1:443: i/o timeout';
    vault.login.answer = vaultJson({ errors: [text] }, 500);
    const error = await whileTimePasses(mounting.mount(attributesOf(one)).catch((thrown: unknown) => thrown));
    expect(error).toMatchObject({
      reason: "store_unavailable",
      text: expect.stringMatching(
        /500 the server cannot reach the Kubernetes API.*logging in at auth\/kubernetes as role "shop"; correct kubernetes_host in auth\/kubernetes\/config/,
      ),
    });
    expect(vault.calls()).toEqual([login, login, login]);
  });

  test.each([
    ["another scheme", (url: string) => url.replace("http:", "https:")],
    ["another port", () => "http://127.0.0.1:9/v1/kv/x"],
    ["nothing that is an address", () => "javascript:alert(1)"],
  ])("a redirect to %s is refused", async (_, target) => {
    vault.routes.set("/v1/kv/x", { status: 308, headers: { location: target(`${vault.url}/v1/kv/x`) } });
    await expect(mounting.mount(attributesOf(one))).rejects.toMatchObject({
      reason: "store_protocol",
      text: expect.stringMatching(/redirects to .*; if that is the server to ask, make it the address/),
    });
  });

  test("a redirect to another host does not carry the token there", async () => {
    const elsewhere = await startVault();
    vault.routes.set("/v1/kv/x", { status: 307, headers: { location: `${elsewhere.url}/v1/kv/x` } });
    const error: unknown = await mounting.mount(attributesOf(one)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: "store_protocol", text: expect.stringMatching(/redirects to http:\/\/127/) });
    expect(elsewhere.asked).toEqual([]);
    await elsewhere.close();
  });

  test("a pod without a token is told which audience to add", async () => {
    const without = { ...attributesOf(one), "csi.storage.k8s.io/serviceAccount.tokens": "{}" };
    await expect(mounting.mount(without)).rejects.toMatchObject({
      reason: "identity_missing",
      text: expect.stringMatching(/audience "vault".*tokenRequests of the CSIDriver.*present: none/),
    });
  });

  test("a pod without a token is told the same where the daemon asks the Kubernetes API for one and may not", async () => {
    const kube = await startKube();
    kube.faults.status(403);
    const other = createMounting(kube, { "vault-addr": vault.url });
    const without = {
      ...attributesOf(one),
      "csi.storage.k8s.io/serviceAccount.tokens": JSON.stringify({ "sts.amazonaws.com": { token: "canary-jwt" } }),
    };
    const error: unknown = await other.mount(without).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      reason: "identity_missing",
      text: expect.stringMatching(/audience "vault".*tokenRequests of the CSIDriver.*present: "sts.amazonaws.com"/),
    });
    expect(String(error)).not.toMatch(/serviceaccounts\/token|canary/);
    await kube.close();
  });
});
