import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { startGcp, type FakeGcp, type GcpFault } from "../fakes/gcp.ts";
import { startKube, type FakeKube } from "../fakes/kube.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { connectRaw, type RawClient, type RawEnd } from "./raw-client.ts";
import { mountRequest, tokensKey } from "./requests.ts";
import { podToken as kubeletToken } from "../fakes/pod-token.ts";

const podToken = "canary-gcp-pod-token-44d1";
const payload = "canary-gcp-payload-7a10";

let gcp: FakeGcp;
let kube: FakeKube;
let daemon: Daemon;
let client: RawClient;

beforeAll(async () => {
  [gcp, kube] = await Promise.all([startGcp(), startKube()]);
  gcp.secrets.set("app", Buffer.from(JSON.stringify({ user: "admin", password: payload })));
  const kubeconfig = join(mkdtempSync(join(tmpdir(), "kf-kube-")), "config");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u", namespace: "csi" } }],
      clusters: [{ name: "c", cluster: { server: kube.url } }],
      users: [{ name: "u", user: { token: "t" } }],
    }),
  );
  const endpoints = [
    ...["--gcp-secret-manager-endpoint", gcp.url, "--gcp-parameter-manager-endpoint", gcp.url],
    ...["--gcp-token-endpoint", `${gcp.url}/v1/token`, "--gcp-iam-credentials-endpoint", gcp.url],
    ...["--gcp-metadata-host", gcp.url.replace("http://", "")],
  ];
  const flags = [
    "--serve",
    "keyferry,gcp",
    "--kubeconfig",
    kubeconfig,
    "--mount-timeout",
    "3s",
    "--log-level",
    "debug",
  ];
  daemon = await startDaemon({ flags: [...flags, ...endpoints] });
  client = connectRaw(daemon.socket("gcp"));
});

afterAll(async () => {
  client.close();
  await daemon.stop();
  await Promise.all([gcp.close(), kube.close()]);
});

beforeEach(() => {
  gcp.faults.clear();
  gcp.requests.length = 0;
});

const name = (id: string, version = "latest") => `projects/my-project/secrets/${id}/versions/${version}`;
const tokens = JSON.stringify({ "my-project.svc.id.goog": { token: podToken } });

function mount(secrets: string, serviceAccount = "web", pod = "web-0", given = tokens): Promise<RawEnd> {
  const more = { stores: undefined, objects: undefined, secrets, [tokensKey]: given };
  return client.mount(mountRequest({ address: "", pod, serviceAccount, more }));
}

describe("a manifest of the official provider on gcp.sock", () => {
  test("gives its files, modes and versions", async () => {
    const end = await mount(
      [
        `- { resourceName: ${name("test")}, path: a/b.txt, mode: 0400 }`,
        `- { resourceName: ${name("app", "1")}, path: pw, extractJSONKey: password }`,
        "- { resourceName: projects/my-project/locations/global/parameters/p/versions/v1, path: app.yaml }",
      ].join("\n"),
    );
    expect(end.details).toBe("");
    expect(end.files.map(({ path, mode, contents }) => [path, mode, contents.toString()])).toEqual([
      ["a/b.txt", 256, "My Secret"],
      ["pw", 420, payload],
      ["app.yaml", 420, "user: admin\npassword: password@1234"],
    ]);
    expect(end.versions[0]).toEqual({ id: name("test"), version: "projects/123456789/secrets/test/versions/2" });
  });

  test("asks once for 40 pods of one service account", async () => {
    const pods = Array.from({ length: 40 }, (_, at) => `p${at}`);
    const ends = await Promise.all(
      pods.map((pod) => {
        const own = { "my-project.svc.id.goog": { token: kubeletToken(pod, "shop", "forty") } };
        return mount(`- { resourceName: ${name("test")}, path: f }`, "forty", pod, JSON.stringify(own));
      }),
    );
    expect(ends.map(({ code }) => code)).toEqual(Array(40).fill(0));
    expect([gcp.count("sts"), gcp.count("store")]).toEqual([1, 1]);
  });
});

describe("when Google fails", () => {
  const faults: readonly (readonly [string, GcpFault])[] = [
    ["hangs", { kind: "hang" }],
    ["throttles", { kind: "status", status: 429, retryAfter: 1 }],
    ["is down", { kind: "status", status: 503 }],
    ["sends garbage", { kind: "garbage" }],
    ["sends a web page", { kind: "html" }],
    ["sends too much", { kind: "huge" }],
    ["cuts its answer", { kind: "cut" }],
  ];
  test.each(faults)(
    "and %s, the Mount fails with a final code and no file",
    async (_, fault) => {
      gcp.faults.set("store", fault);
      const end = await mount(`- { resourceName: ${name("test")}, path: f }`, `fault-${String(Math.random())}`);
      expect([2, 3, 5, 7, 9, 13, 16]).toContain(end.code);
      expect(end.files).toEqual([]);
    },
    60_000,
  );
});

test("nothing secret is in log, metrics, errors or versions", async () => {
  const ends = [
    await mount(`- { resourceName: ${name("app")}, path: f }`),
    await mount(`- { resourceName: ${name("app")}, path: f, extractJSONKey: nope }`),
    await mount(`- { resourceName: ${name("denied")}, path: f }`),
    await mount(`- { resourceName: ${name("badcrc")}, path: f }`),
  ];
  expect(ends.map(({ code }) => code)).toEqual([0, 5, 7, 13]);
  const metrics = await (await fetch(`${daemon.health}/metrics`)).text();
  const seen = [...ends.map(({ details, versions }) => details + JSON.stringify(versions)), metrics, daemon.output()];
  expect([podToken, payload, "token-canary"].filter((canary) => seen.join("\n").includes(canary))).toEqual([]);
});
