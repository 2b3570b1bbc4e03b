import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createHttpClient } from "../../../../src/http/client.ts";
import { createKeyring } from "../../../../src/keys/keyring.ts";
import type { KeySource } from "../../../../src/model/key.ts";
import type { AzureKeys } from "../../../../src/keys/remote/azure-key.ts";
import type { GcpKmsKeys } from "../../../../src/keys/remote/gcp-kms.ts";
import { Secret } from "../../../../src/model/secret.ts";
import { startClouds } from "../../../fakes/clouds.ts";
import type { SmallServer } from "../../../fakes/small-server.ts";
import { readVector } from "../../../vectors/vectors.ts";
import { ask, type Asked } from "../../stores/sops/asking.ts";
import { keySources } from "../../stores/sops/vectors.ts";

const folder = mkdtempSync(join(tmpdir(), "keyferry-clouds-"));
const googleFile = join(folder, "google.json");
const secretFile = join(folder, "secret");
const key = readVector("keys/azure-rsa-2048.pem");
writeFileSync(googleFile, JSON.stringify({ type: "service_account", client_email: "a@b", private_key: key }));
writeFileSync(secretFile, "client-secret\n");
const http = createHttpClient();
const outside = {
  now: () => Date.parse("2026-01-02T03:04:05Z"),
  monotonic: () => 0,
  random: () => 0,
  sleep: () => Promise.resolve(),
};
let cloud: SmallServer;

beforeEach(async () => {
  cloud = await startClouds();
});
afterEach(() => cloud.close());
afterAll(() => {
  http.close();
  rmSync(folder, { recursive: true });
});

const resource = "projects/p1/locations/global/keyRings/r1/cryptoKeys/k1";

function gcp(more: Partial<GcpKmsKeys> = {}, file = googleFile): KeySource {
  const remote = { kind: "gcp-kms", resources: [resource], login: undefined, endpoint: cloud.url, tokenEndpoint: `${cloud.url}/google-token`, ...more } as const; // prettier-ignore
  return { name: "g", file, namespaces: ["shop"], ...remote };
}

function azure(more: Partial<AzureKeys> = {}, file = secretFile): KeySource {
  const remote = { kind: "azure-key", vaults: [`${cloud.url}/`], keys: ["sops-*"], tenantId: "t", clientId: "c", audience: undefined, authority: cloud.url, ...more } as const; // prettier-ignore
  return { name: "z", file, namespaces: ["shop"], ...remote };
}

const ring = (...sources: readonly KeySource[]) => createKeyring(sources, undefined, { send: http.send, outside });
const text = () => readVector("sops/yaml-mixed-group.enc.yaml").replace("https://sops.vault.azure.net", cloud.url);
const tokens = (audience: string) => new Map([[audience, { token: Secret.fromText("pod-jwt"), expiresAt: undefined }]]);

async function outcome(asked: Asked): Promise<string> {
  const got = await ask(asked);
  if (got.kind === "found") return "found";
  return got.kind === "failed" ? `${got.error.reason}: ${got.error.message}` : got.problem;
}

const makers = { gcp: () => gcp(), azure: () => azure() };

describe("Google Cloud KMS", () => {
  test("opens with the operator's credentials file", async () => {
    expect(await outcome({ text: text(), keyring: ring(gcp()) })).toBe("found");
    expect(cloud.asked.map(({ url }) => url)).toEqual(["/google-token", `/v1/${resource}:decrypt`]);
  });

  test("opens with the pod's token, exchanged", async () => {
    const login = { workloadIdentityProvider: "//iam.googleapis.com/x", serviceAccount: undefined };
    const keyring = ring(gcp({ login }, ""));
    expect(await outcome({ text: text(), keyring, tokens: tokens("//iam.googleapis.com/x") })).toBe("found");
    expect(JSON.parse(cloud.asked[0]?.body ?? "")).toMatchObject({ subject_token: "pod-jwt" });
    expect(await outcome({ text: text(), keyring: ring(gcp({ login }, "")) })).toMatch(/^identity_missing: /);
  });

  test.each<readonly [string, Partial<GcpKmsKeys>, (from: string) => string, string]>([
    ["another key", { resources: ["projects/p2/*"] }, (from) => from, "shop"],
    ["a key that climbs", { resources: ["*"] }, (from) => from.replace(resource, "projects/p/../../x"), "shop"],
    ["a key with a query", { resources: ["*"] }, (from) => from.replace(resource, `${resource}?x`), "shop"],
    ["another namespace", {}, (from) => from, "bank"],
  ])("%s is refused before anything is sent", async (_, more, change, namespace) => {
    expect(await outcome({ text: change(text()), keyring: ring(gcp(more)), namespace })).toMatch(/^key_not_granted: /);
    expect(cloud.asked).toEqual([]);
  });
});

describe("Azure Key Vault", () => {
  test("opens with the operator's client secret", async () => {
    expect(await outcome({ text: text(), keyring: ring(azure()) })).toBe("found");
    expect(cloud.asked.map(({ url }) => url)).toEqual([
      "/t/oauth2/v2.0/token",
      "/keys/sops-key/00112233445566778899aabbccddeeff/decrypt?api-version=7.4",
    ]);
    expect(new URLSearchParams(cloud.asked[0]?.body).get("client_secret")).toBe("client-secret");
  });

  test("opens with the pod's token as the application's", async () => {
    const audience = "api://AzureADTokenExchange";
    const keyring = ring(azure({ audience }, ""));
    expect(await outcome({ text: text(), keyring, tokens: tokens(audience) })).toBe("found");
    expect(new URLSearchParams(cloud.asked[0]?.body).get("client_assertion")).toBe("pod-jwt");
    expect(await outcome({ text: text(), keyring: ring(azure({ audience }, "")) })).toMatch(/^identity_missing: /);
  });

  test.each<readonly [string, Partial<AzureKeys>, (from: string) => string, string]>([
    ["another vault", {}, (from) => from.replace(cloud.url, `${cloud.url}9`), "shop"],
    ["a vault with a path", {}, (from) => from.replace(cloud.url, `${cloud.url}/x`), "shop"],
    ["a vault that only begins alike", {}, (from) => from.replace(cloud.url, `${cloud.url}@evil`), "shop"],
    ["another key", { keys: ["other"] }, (from) => from, "shop"],
    ["a key that climbs", { keys: ["*"] }, (from) => from.replace("name: sops-key", "name: ../x"), "shop"],
    ["a version that climbs", {}, (from) => from.replace("00112233445566778899aabbccddeeff", "../../x"), "shop"],
    ["another namespace", {}, (from) => from, "bank"],
  ])("%s is refused before anything is sent", async (_, more, change, namespace) => {
    expect(await outcome({ text: change(text()), keyring: ring(azure(more)), namespace })).toMatch(
      /^key_not_granted: /,
    );
    expect(cloud.asked).toEqual([]);
  });
});

test.each([
  {
    kind: "gcp",
    audience: "//iam.googleapis.com/x",
    source: () => gcp({ login: { workloadIdentityProvider: "//iam.googleapis.com/x", serviceAccount: undefined } }, ""),
  },
  { kind: "azure", audience: "a", source: () => azure({ audience: "a" }, "") },
])("$kind gives a pod whose author brought a token along nothing of honest pods", async ({ audience, source }) => {
  const honest = { text: text(), keyring: ring(source()), tokens: tokens(audience) };
  expect(await outcome(honest)).toBe("found");
  expect(await outcome(honest)).toBe("found");
  expect(cloud.asked).toHaveLength(2);
  expect(await outcome({ ...honest, brought: "token" })).toBe("found");
  expect(cloud.asked).toHaveLength(4);
});

describe.each(["gcp", "azure"] as const)("faults of %s", (kind) => {
  const broken = () => text().replace(/enc: (?:KmidUYdJ|xJQO45Xe)/g, "enc: AAAAAAAA");

  test.each<readonly [string, () => void, RegExp]>([
    ["429", () => cloud.faults.status(429, 3), /^store_throttled: /],
    ["503", () => cloud.faults.status(503), /^store_unavailable: /],
    ["garbage", () => cloud.faults.garbage(), /^store_protocol: /],
    ["too much", () => cloud.faults.huge(), /^store_protocol: /],
    ["a cut", () => cloud.faults.cut(), /^store_unavailable: /],
  ])("%s has its own reason and costs nothing where a local key opens", async (_, fault, expected) => {
    fault();
    expect(await outcome({ text: text(), keyring: ring(makers[kind]()) })).toMatch(expected);
    const before = cloud.asked.length;
    expect(await outcome({ text: text(), keyring: ring(makers[kind](), ...keySources("age-1.txt")) })).toBe("found");
    expect(cloud.asked).toHaveLength(before);
  });

  test.each<readonly [string, number, RegExp]>([
    ["a denial", 403, /^access_denied: /],
    ["a key that is gone", 404, /^object_not_found: /],
  ])("%s after the login", async (_, status, expected) => {
    const error = { error: { status: status === 403 ? "PERMISSION_DENIED" : "NOT_FOUND" } };
    const send: typeof http.send = async (request, signal) => {
      const answer = await http.send(request, signal);
      return request.url.href.includes("decrypt")
        ? { ...answer, status, body: Buffer.from(JSON.stringify(error)) }
        : answer;
    };
    const keyring = createKeyring([makers[kind]()], undefined, { send, outside });
    expect(await outcome({ text: text(), keyring })).toMatch(expected);
  });

  test("what another key wrapped is the document's fault", async () => {
    expect(await outcome({ text: broken(), keyring: ring(makers[kind]()) })).toMatch(
      /^document_rejected: its data key/,
    );
  });

  test("a server that hangs ends with the signal", async () => {
    cloud.faults.hang();
    const stop = new AbortController();
    setTimeout(() => stop.abort("late"), 50);
    const asked = ask({ text: text(), keyring: ring(makers[kind]()), signal: stop.signal });
    await expect(asked).rejects.toBe("late");
  });
});
