import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { startKube, type FakeKube } from "../fakes/kube.ts";
import { startVault, vaultData, vaultJson, type FakeVault } from "../fakes/vault.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { connectRaw, type RawClient, type RawEnd } from "./raw-client.ts";
import { mountRequest, tokensKey } from "./requests.ts";

const canaries = ["canary-vault-pw-51ce", "canary-vault-jwt-22ab", "canary-kube-token-9f31", "canary-lease-77d0"];
const [password = "", jwt = "", kubeToken = "", leased = ""] = canaries;

let vault: FakeVault;
let kube: FakeKube;
let daemon: Daemon;
let client: RawClient;

beforeAll(async () => {
  [vault, kube] = await Promise.all([startVault(), startKube()]);
  kube.secrets.set("csi/vault-csi-provider-hmac-key", { key: Buffer.from("a".repeat(32)).toString("base64") });
  const kubeconfig = join(mkdtempSync(join(tmpdir(), "kf-kube-")), "config");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u", namespace: "csi" } }],
      clusters: [{ name: "c", cluster: { server: kube.url } }],
      users: [{ name: "u", user: { token: kubeToken } }],
    }),
  );
  const flags = ["--serve", "keyferry,vault", "--vault-addr", vault.url, "--kubeconfig", kubeconfig];
  daemon = await startDaemon({ flags: [...flags, "--log-level", "debug", "--mount-timeout", "3s"] });
  client = connectRaw(daemon.socket("vault"));
});

afterAll(async () => {
  client.close();
  await daemon.stop();
  await Promise.all([vault.close(), kube.close()]);
});

beforeEach(() => {
  vault.faults.clear();
  vault.asked.length = 0;
  vault.routes.set("/v1/kv/a", vaultData({ k: "v", pw: password }));
  vault.routes.set(
    "/v1/database/creds/shop",
    vaultData({ password: leased }, { lease_id: "database/creds/shop/L1", lease_duration: 600, renewable: true }),
  );
});

const objects =
  "- { objectName: f, secretPath: kv/a, secretKey: k }\n- { objectName: pw, secretPath: kv/a, secretKey: pw, filePermission: 0400 }";

function mount(more: Readonly<Record<string, string | undefined>> = {}, pod = "web-0"): Promise<RawEnd> {
  const parameters = {
    stores: undefined,
    roleName: "shop",
    objects,
    [tokensKey]: JSON.stringify({ vault: { token: jwt } }),
  };
  return client.mount(mountRequest({ address: "", pod, more: { ...parameters, ...more } }));
}

describe("a manifest of the official provider on vault.sock", () => {
  test("gives its files, modes and versions", async () => {
    const end = await mount();
    expect(end.details).toBe("");
    expect(end.files.map(({ path, mode, contents }) => [path, mode, contents.toString()])).toEqual([
      ["f", 420, "v"],
      ["pw", 256, password],
    ]);
    expect(end.versions[0]).toEqual({ id: "f", version: "th36IGvUr-qDRE3xMcYe7JlOMaX9ZO0GJIkRiqOD-K8=" });
  });

  test("asks the cluster for the key of versions once, whatever the number of Mounts", async () => {
    await Promise.all(["a", "b", "c"].map((pod) => mount({}, pod)));
    expect(kube.asked.filter(({ url }) => url.endsWith("/vault-csi-provider-hmac-key"))).toHaveLength(1);
  });

  test("makes a token for a pod that was given none", async () => {
    await mount({ [tokensKey]: undefined, roleName: "other" });
    expect(kube.asked.at(-1)).toMatchObject({
      method: "POST",
      url: "/api/v1/namespaces/shop/serviceaccounts/web/token",
      headers: { authorization: `Bearer ${kubeToken}` },
    });
    expect(vault.asked[0]?.body).toBe('{"jwt":"tr-jwt-","role":"other"}');
  });

  test("gives 40 pods at once their own credentials, and one read of what they share", async () => {
    const dynamic = "- { objectName: d, secretPath: database/creds/shop, secretKey: password }\n" + objects;
    const ends = await Promise.all(
      Array.from({ length: 40 }, (_, at) => mount({ objects: dynamic, roleName: "forty" }, `p${at}`)),
    );
    expect(ends.map(({ code }) => code)).toEqual(Array(40).fill(0));
    const calls = vault.calls();
    expect([
      calls.filter((call) => call.endsWith("/login")).length,
      calls.filter((call) => call === "GET /v1/database/creds/shop").length,
      calls.filter((call) => call === "GET /v1/kv/a").length,
    ]).toEqual([40, 40, 1]);
  });
});

describe("when Vault fails", () => {
  test.each([
    ["hangs", () => vault.faults.hang()],
    ["throttles", () => vault.faults.status(429, 1)],
    ["is down", () => vault.faults.status(503)],
    ["sends garbage", () => vault.faults.garbage()],
    ["sends too much", () => vault.faults.huge()],
    ["cuts its answer", () => vault.faults.cut()],
  ])(
    "and %s, the Mount fails with a final code and no file",
    async (_, fault) => {
      fault();
      const end = await mount({ roleName: `fault-${String(Math.random())}` });
      expect([2, 3, 5, 7, 9, 13, 16]).toContain(end.code);
      expect(end.files).toEqual([]);
    },
    60_000,
  );
});

test("nothing secret is in log, metrics, errors or versions", async () => {
  vault.routes.set("/v1/kv/denied", vaultJson({ errors: [`permission denied for ${password}`] }, 403));
  const ends = [
    await mount(),
    await mount({ objects: "- { objectName: d, secretPath: database/creds/shop, secretKey: password }" }),
    await mount({ objects: "- { objectName: f, secretPath: kv/denied, secretKey: k }" }),
    await mount({ objects: "- { objectName: f, secretPath: kv/a, secretKey: nope }" }),
    await mount({ objects: "- { objectName: f, secretPath: kv/a, secretKey: pw, encoding: hex }" }),
  ];
  const metrics = await (await fetch(`${daemon.health}/metrics`)).text();
  const seen = [...ends.map(({ details, versions }) => details + JSON.stringify(versions)), metrics, daemon.output()];
  expect([...canaries, "tr-jwt-", '"tok'].filter((canary) => seen.join("\n").includes(canary))).toEqual([]);
});
