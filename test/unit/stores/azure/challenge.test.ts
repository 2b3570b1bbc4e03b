import { describe, expect, test } from "@jest/globals";
import type { SendAnswer, SendRequest } from "../../../../src/http/send.ts";
import { createAzureIdentity, type AzureLogin } from "../../../../src/identity/azure/azure.ts";
import { findCloud } from "../../../../src/identity/azure/settings.ts";
import { readRef } from "../../../../src/stores/azure/client.ts";
import { parseChallenge } from "../../../../src/stores/azure/challenge.ts";
import type { AzureRef } from "../../../../src/stores/azure/objects.ts";
import { azureSettings } from "../../../../src/stores/azure/settings.ts";
import { Secret } from "../../../../src/model/secret.ts";
import { defaultSettings } from "../../../../src/model/setting.ts";
import { VirtualClock } from "../../../fakes/virtual-clock.ts";

const own = "22222222-2222-2222-2222-222222222222";
const other = "33333333-3333-3333-3333-333333333333";
const claims = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}';
const base64 = Buffer.from(claims).toString("base64");
const bearer = (tenant: string) =>
  `Bearer authorization="https://login.microsoftonline.com/${tenant}", resource="https://vault.azure.net"`;
const insufficient = `${bearer(own)}, error="insufficient_claims", claims="${base64}"`;

const json = (body: unknown, status = 200, headers = {}): SendAnswer => ({
  status,
  headers,
  body: Buffer.from(JSON.stringify(body)),
});

const ref: AzureRef = { type: "secret", name: "db", version: "", history: undefined, form: undefined };

/** Reads of one vault that takes the tokens of `takes`, and what was sent. */
function vaultThat(takes: (token: string) => boolean, challenge: string, login?: AzureLogin) {
  const sent: string[] = [];
  const send = ({ method, url, headers, body }: SendRequest): Promise<SendAnswer> => {
    const form = new URLSearchParams(typeof body === "string" ? body : "");
    sent.push(`${method} ${url.hostname} ${form.get("claims") ?? ""}`.trim());
    if (url.pathname.includes("/token")) {
      const number = sent.filter((one) => !one.includes("vault.azure.net")).length;
      return Promise.resolve(
        json({ access_token: `${form.has("claims") ? "claimed" : "plain"}-${number}`, expires_in: 3600 }),
      );
    }
    const token = (headers["authorization"] ?? "").replace("Bearer ", "");
    if (takes(token))
      return Promise.resolve(json({ id: "https://shop.vault.azure.net/secrets/db/v1", value: "hello" }));
    return Promise.resolve(json({ error: { code: "Unauthorized" } }, 401, { "www-authenticate": challenge }));
  };
  const outside = new VirtualClock();
  const settings = { ...azureSettings(defaultSettings), managedIdentity: ["*"] };
  const readFile = () => Promise.reject(new Error("no file"));
  const wiring = { send, outside, settings, identity: createAzureIdentity({ send, outside, settings, readFile }) };
  const cloud = findCloud("AzurePublicCloud");
  if (cloud === undefined) throw new Error("no cloud");
  const target = { cloud, tenantId: own, login: login ?? ({ mode: "workload", clientId: "c" } as const) };
  const pod = { name: "p", namespace: "n", uid: "u", serviceAccount: "s" };
  const tokens = new Map([["api://AzureADTokenExchange", { token: Secret.fromText("jwt"), expiresAt: undefined }]]);
  const session = {
    key: "k" as never,
    params: undefined,
    pod,
    tokens,
    secrets: new Map(),
    chosenBy: "manifest" as const,
  };
  const read = () => readRef(ref, { name: "shop", target }, session, wiring, new AbortController().signal);
  return { sent, read };
}

const entra = "POST login.microsoftonline.com";
const vault = "GET shop.vault.azure.net";

describe("a challenge for want of claims", () => {
  test("brings one sign-in with them, whose token is cached", async () => {
    const { sent, read } = vaultThat((token) => token.startsWith("claimed"), insufficient);
    expect(await read()).toMatchObject([{ version: "v1", content: { value: "hello" } }]);
    expect(sent).toEqual([entra, vault, `${entra} ${claims}`, vault]);
    await read();
    expect(sent).toHaveLength(5);
  });

  test("that a sign-in with them does not meet is a refusal, not a loop", async () => {
    const { sent, read } = vaultThat(() => false, insufficient);
    await expect(read()).rejects.toMatchObject({
      reason: "identity_rejected",
      message: expect.stringMatching(/claims/u),
    });
    expect(sent).toEqual([entra, vault, `${entra} ${claims}`, vault]);
  });

  test("brings a new token of a node's identity, which takes no claims", async () => {
    const { sent, read } = vaultThat((token) => token === "plain-2", insufficient, {
      mode: "managed",
      clientId: undefined,
    });
    expect(await read()).toMatchObject([{ version: "v1" }]);
    expect(sent).toEqual(["GET 169.254.169.254", vault, "GET 169.254.169.254", vault]);
  });

  test("of many reads at once brings sign-ins that are shared", async () => {
    const { sent, read } = vaultThat((token) => token.startsWith("claimed"), insufficient);
    await Promise.all(Array.from({ length: 10 }, read));
    expect(sent.filter((one) => one.startsWith(entra)).length).toBeLessThanOrEqual(3);
  });
});

describe("a refused token", () => {
  test("of another tenant than the vault's names both", async () => {
    const { sent, read } = vaultThat(() => false, bearer(other));
    const text = `the vault belongs to tenant ${other}, and the sign-in was to ${own}: write the vault's tenant as tenantID`;
    await expect(read()).rejects.toMatchObject({ reason: "identity_rejected", message: expect.stringContaining(text) });
    expect(sent).toEqual([entra, vault]);
  });

  test("of the vault's own tenant does not", async () => {
    const { read } = vaultThat(() => false, bearer(own.toUpperCase()));
    await expect(read()).rejects.toMatchObject({ message: expect.stringMatching(/check tenantID and cloudName$/u) });
  });
});

test.each([
  ["", {}],
  ["Basic realm=x", {}],
  [bearer(other), { resource: "https://vault.azure.net", tenant: other }],
  [bearer("a b"), { resource: "https://vault.azure.net" }],
  [insufficient, { resource: "https://vault.azure.net", tenant: own, claims }],
  ['Bearer error="insufficient_claims", claims="%%%"', {}],
  ['Bearer error="insufficient_claims", claims="bnVsbA=="', {}],
  [`Bearer error="invalid_token", claims="${base64}"`, {}],
  [`${insufficient}${" ".repeat(9000)}`, {}],
])("reads %j", (header, expected) => {
  expect(parseChallenge(header)).toEqual({ resource: undefined, tenant: undefined, claims: undefined, ...expected });
});
