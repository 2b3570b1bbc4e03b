import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startKube, type FakeKube } from "../fakes/kube.ts";
import { startBackend, type Backend } from "./backend.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { connectRaw, type RawClient } from "./raw-client.ts";
import { canaryToken, mountRequest } from "./requests.ts";

let kube: FakeKube;
let backend: Backend;
let daemon: Daemon;
let client: RawClient;

beforeAll(async () => {
  [kube, backend] = await Promise.all([startKube(), startBackend()]);
  const kubeconfig = join(mkdtempSync(join(tmpdir(), "kf-kube-")), "config");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u", namespace: "csi" } }],
      clusters: [{ name: "c", cluster: { server: kube.url } }],
      users: [{ name: "u", user: {} }],
    }),
  );
  daemon = await startDaemon({
    flags: ["--kubeconfig", kubeconfig, "--node-name", "node-1", "--mount-timeout", "5s"],
    config: "refresh: { interval: 1ms, minInterval: 0s, firstMount: 0s }\n",
  });
  client = connectRaw(daemon.socket("keyferry"));
});

afterAll(async () => {
  client.close();
  await daemon.stop();
  await Promise.all([backend.close(), kube.close()]);
});

function mount(pod: string) {
  const tokens = JSON.stringify({ "": { token: canaryToken, expirationTimestamp: "2030-01-01T00:00:00Z" } });
  return client.mount(mountRequest({ address: backend.address, pod, tokens }));
}

async function sample(line: string): Promise<number | undefined> {
  const text = await (await fetch(`${daemon.health}/metrics`)).text();
  const found = text.split("\n").find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

async function eventually(what: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200 && !what(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(what()).toBe(true);
}

const volumes = (state: string) =>
  `keyferry_secret_provider_class_volumes{namespace="shop",secret_provider_class="web-secrets",state="${state}"}`;

test("a rotation that fails is told to the pod's owner and counted, and so is its end", async () => {
  expect((await mount("web-0")).code).toBe(0);
  expect((await mount("web-1")).code).toBe(0);
  expect([await sample(volumes("current")), await sample(volumes("failing"))]).toEqual([2, 0]);
  const secret = backend.objects.get("db");
  backend.objects.delete("db");
  expect((await mount("web-0")).code).toBe(5);
  expect((await mount("web-0")).code).toBe(5);
  await eventually(() => kube.events.length === 1);
  expect(kube.events).toMatchObject([
    {
      involvedObject: { name: "web-0", uid: "uid-of-web-0", namespace: "shop" },
      reason: "SecretRotationFailed",
      type: "Warning",
      message: expect.stringMatching(
        /^the secrets of SecretProviderClass web-secrets could not be refreshed, .*: object 1 "db" \(store backend\): /,
      ),
      source: { component: "keyferry", host: "node-1" },
    },
  ]);
  expect([await sample(volumes("current")), await sample(volumes("failing"))]).toEqual([1, 1]);
  if (secret !== undefined) backend.objects.set("db", secret);
  expect((await mount("web-0")).code).toBe(0);
  await eventually(() => kube.events.length === 2);
  expect(kube.events[1]).toMatchObject({ reason: "SecretRotationRecovered", type: "Normal" });
  expect(await sample(volumes("failing"))).toBe(0);
  expect([await sample('keyferry_events_total{outcome="sent"}'), kube.asked.length]).toEqual([2, 2]);
  expect(JSON.stringify(kube.asked)).not.toMatch(/s3cret|canary-token/);
});

test("a daemon that may not create Events is silent after one line in its log", async () => {
  kube.forbidden.add("POST /api/v1/namespaces/shop/events");
  const before = kube.asked.length;
  for (const pod of ["a", "b", "c"]) await mount(pod);
  backend.objects.delete("db");
  for (const pod of ["a", "b", "c"]) expect((await mount(pod)).code).toBe(5);
  await eventually(() => daemon.output().includes("events are not sent"));
  expect(kube.asked.length).toBeLessThanOrEqual(before + 3);
  expect(daemon.output().split("events are not sent").length - 1).toBeLessThanOrEqual(3);
});
