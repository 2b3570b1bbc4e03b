import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { startAzure, type FakeAzure } from "../fakes/azure.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { connectRaw, type RawClient, type RawEnd } from "./raw-client.ts";
import { mountRequest, tokensKey } from "./requests.ts";
import { podToken as kubeletToken } from "../fakes/pod-token.ts";

const podToken = "canary-azure-pod-token-81c2";
const value = "canary-azure-value-5e90";
const version = "226f745504314d5ddd58f68dd97bb8ba";

let azure: FakeAzure;
let daemon: Daemon;
let client: RawClient;

beforeAll(async () => {
  const secrets = { db: [{ version, enabled: true, created: 1, value }] };
  azure = await startAzure({ secrets, keys: {}, certificates: {} });
  azure.refused.set("nobody", 700_213);
  const endpoints = ["--azure-vault-endpoint", azure.url, "--azure-authority-endpoint", azure.url];
  const flags = ["--serve", "keyferry,azure", "--mount-timeout", "3s", "--log-level", "debug", ...endpoints];
  daemon = await startDaemon({ flags });
  client = connectRaw(daemon.socket("azure"));
});

afterAll(async () => {
  client.close();
  await daemon.stop();
  await azure.close();
});

beforeEach(() => {
  azure.faults.clear();
  azure.asked.length = 0;
});

const object = (name: string, more = "") => `array:\n  - |\n    objectName: ${name}\n    objectType: secret\n${more}`;
const tokens = JSON.stringify({ "api://AzureADTokenExchange": { token: podToken } });

function mount(objects: string, serviceAccount = "web", change: Readonly<Record<string, string | undefined>> = {}) {
  const parameters = { keyvaultName: "shop", tenantID: "tenant", clientID: "client", objects, [tokensKey]: tokens };
  const more = { stores: undefined, ...parameters, ...change };
  return (pod: string): Promise<RawEnd> => client.mount(mountRequest({ address: "", pod, serviceAccount, more }));
}

describe("a manifest of the official provider on azure.sock", () => {
  test("gives its files, modes and versions", async () => {
    const end = await mount(object("db", '    objectAlias: a/b\n    filePermission: "0400"\n'))("web-0");
    expect(end.details).toBe("");
    expect(end.files.map(({ path, mode, contents }) => [path, mode, contents.toString()])).toEqual([
      ["a/b", 256, value],
    ]);
    expect(end.versions).toEqual([{ id: "secret/db", version }]);
  });

  test("signs in and asks once for 40 pods of one service account", async () => {
    const pods = Array.from({ length: 40 }, (_, at) => `p${at}`);
    const own = (pod: string) => {
      const token = kubeletToken(pod, "shop", "forty");
      return { [tokensKey]: JSON.stringify({ "api://AzureADTokenExchange": { token } }) };
    };
    const ends = await Promise.all(pods.map((pod) => mount(object("db"), "forty", own(pod))(pod)));
    expect(ends.map(({ code }) => code)).toEqual(Array(40).fill(0));
    expect(azure.calls()).toHaveLength(2);
  });

  test("a token that the vault refuses is replaced once", async () => {
    await mount(object("db"), "revoked")("a");
    azure.tokens.clear();
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect((await mount(object("db"), "revoked")("b")).code).toBe(0);
    expect(azure.calls().filter((call) => call.startsWith("POST"))).toHaveLength(2);
  });
});

describe("when Azure fails", () => {
  test.each([
    ["hangs", () => azure.faults.hang()],
    ["throttles", () => azure.faults.status(429, 1)],
    ["is down", () => azure.faults.status(503)],
    ["sends garbage", () => azure.faults.garbage()],
    ["sends too much", () => azure.faults.huge()],
    ["cuts its answer", () => azure.faults.cut()],
  ])(
    "and %s, the Mount fails with a final code and no file",
    async (_, fault) => {
      fault();
      const end = await mount(object("db"), `fault-${String(Math.random())}`)("web-0");
      expect([2, 3, 5, 7, 9, 13, 16]).toContain(end.code);
      expect(end.files).toEqual([]);
    },
    60_000,
  );

  test.each([
    [
      "the client is refused",
      "db",
      { clientID: "nobody" },
      16,
      /AADSTS700213: the sign-in to tenant tenant .* no federated credential fits/,
    ],
    ["a role is missing", "forbidden", {}, 7, /403 Forbidden \(ForbiddenByRbac\).*Key Vault Secrets User/],
    ["a firewall is in the way", "firewall", {}, 7, /its firewall does not let the node in/],
    ["the object is not there", "gone", {}, 5, /404 SecretNotFound.*it may be soft-deleted/],
    ["there is no token", "db", { [tokensKey]: "{}" }, 9, /api:\/\/AzureADTokenExchange/],
    [
      "the node's identity is not allowed",
      "db",
      { clientID: "", useVMManagedIdentity: "true" },
      7,
      /azure-managed-identity/,
    ],
    ["a service principal has no Secret", "db", { clientID: "" }, 9, /could not find clientid/],
  ])("and %s, it says what to do", async (_, name, change, code, text) => {
    const end = await mount(object(name), "failing", change)("web-0");
    expect([end.code, end.details]).toEqual([code, expect.stringMatching(text)]);
  });
});

test("nothing secret is in log, metrics, errors or versions", async () => {
  const ends = [await mount(object("db"))("a"), await mount(object("db", "    objectEncoding: hex\n"))("b")];
  const metrics = await (await fetch(`${daemon.health}/metrics`)).text();
  const seen = [...ends.map(({ details, versions }) => details + JSON.stringify(versions)), metrics, daemon.output()];
  const canaries = [podToken, value, "azure-token-canary", "made-up-message-canary"];
  expect(canaries.filter((canary) => seen.join("\n").includes(canary))).toEqual([]);
});
