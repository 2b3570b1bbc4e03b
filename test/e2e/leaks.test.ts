import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startBackend, type Backend } from "./backend.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { connectRaw, type RawClient, type RawEnd, type RawRequest } from "./raw-client.ts";
import { canaryToken, listing, mountRequest, tokensKey, type Volume } from "./requests.ts";

/** Every secret in this file; none may come out of the daemon but as the content of a file. */
const canaries = {
  value: "canary-value-7d1c",
  json: "canary-json-93ab",
  token: canaryToken,
  publish: "canary-publish-51fe",
  parameter: "canary-parameter-0b77",
};
const tokens = JSON.stringify({ vault: { token: canaries.token } });
const secrets = JSON.stringify({ clientsecret: canaries.publish, [tokensKey]: tokens });

let backend: Backend;
let daemon: Daemon;
let client: RawClient;

beforeAll(async () => {
  backend = await startBackend();
  backend.objects.set("value", { bytes: Buffer.from(canaries.value), version: "1" });
  backend.objects.set("json", { bytes: Buffer.from(JSON.stringify({ a: canaries.json })), version: "1" });
  daemon = await startDaemon({ flags: ["--log-level", "debug", "--mount-timeout", "1s"] });
  client = connectRaw(daemon.socket("keyferry"));
});

afterAll(async () => {
  client.close();
  await daemon.stop();
  await backend.close();
});

function mount(volume: Partial<Volume> = {}, change: RawRequest = {}): Promise<RawEnd> {
  return client.mount(mountRequest({ address: backend.address, tokens, ...volume }, { secrets, ...change }));
}

const { parameter } = canaries;

describe("A43 no secret comes out", () => {
  test.each([
    { is: "a mount that works", volume: { objects: listing("value", "json"), audience: "vault" } },
    { is: "a selection", volume: { objects: "- {objectName: json, jmesPath: a}" } },
    { is: "a selection that finds nothing", volume: { objects: "- {objectName: json, jmesPath: b}" } },
    { is: "a selection in plain text", volume: { objects: "- {objectName: value, jmesPath: b}" } },
    { is: "a wrong encoding", volume: { objects: "- {objectName: value, objectEncoding: hex}" } },
    { is: "a missing object", volume: { objects: listing("value", "gone") } },
    { is: "a refusal", volume: { objects: listing("value", "denied") } },
    { is: "a hung store", volume: { objects: listing("value", "slow") } },
    { is: "a missing audience", volume: { audience: "other" } },
    { is: "a malformed list", volume: { objects: `- {objectName: ${parameter}` } },
    { is: "a malformed field", volume: { objects: `- {objectName: db, filePermission: ${parameter}}` } },
    { is: "a malformed encoding", volume: { objects: `- {objectName: db, objectEncoding: ${parameter}}` } },
    { is: "a parameter nobody knows", volume: { more: { extra: parameter } } },
    { is: "malformed attributes", change: { attributes: `{"a": "${parameter}"` } },
    { is: "malformed secrets", change: { secrets: `{"a": "${canaries.publish}"` } },
    { is: "malformed tokens", volume: { tokens: canaries.token } },
    { is: "a malformed permission", change: { permission: parameter } },
  ])("of $is", async ({ volume, change }) => {
    const end = await mount(volume, change);
    const metrics = await (await fetch(`${daemon.health}/metrics`)).text();
    const seen = [end.details, JSON.stringify(end.versions), metrics, daemon.output()].join("\n");
    expect(Object.values(canaries).filter((canary) => seen.includes(canary))).toEqual([]);
  });

  test("and a mount leaves one line in the log", async () => {
    const lines = () =>
      daemon
        .output()
        .split("\n")
        .filter((line) => /"message":"mount (answered|failed)"/.test(line));
    const before = lines().length;
    await mount();
    await mount({ objects: listing("gone") });
    for (let tries = 0; tries < 500 && lines().length < before + 2; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const added = lines()
      .slice(before)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(added).toMatchObject([
      { level: "info", namespace: "shop", pod: "web-0", dialect: "keyferry", objects: 1, outcome: "ok" },
      { level: "warn", namespace: "shop", pod: "web-0", dialect: "keyferry", outcome: "object_not_found", code: 5 },
    ]);
  });
});
