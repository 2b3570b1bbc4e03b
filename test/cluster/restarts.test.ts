import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startVault, vaultData, type FakeVault } from "../fakes/vault.ts";
import type { DaemonPod, Release } from "./harness/daemon.ts";
import { eventuallyTrue } from "./harness/eventually.ts";
import { secretProviderClass } from "./harness/objects.ts";
import type { RunningPod } from "./harness/pods.ts";
import { providersFolder } from "./harness/scripted-provider.ts";
import { openDaemon, openStage, type Stage } from "./harness/suite.ts";

const namespace = "restarts";

let stage: Stage;
let vault: FakeVault;
let release: Release;
let daemon: DaemonPod;

beforeAll(async () => {
  vault = await startVault();
  vault.routes.set("/v1/kv/data/db", vaultData({ data: { k: "v" }, metadata: { version: 1 } }));
  // Repeated mounts reach the provider each time: the load of these tests.
  stage = await openStage(namespace, { version: "1.6", rotation: "1s", audiences: ["vault"] });
  stage.after(vault.close);
  ({ release, daemon } = await openDaemon(stage, {}));
  await stage.api.apply(
    secretProviderClass(namespace, "db", "keyferry", {
      stores: `[{ name: v, kind: vault, address: "${vault.url}", role: shop }]`,
      objects: "[{ objectName: kv/data/db, jmesPath: data.k, objectAlias: k }]",
    }),
  );
});

afterAll(() => stage.end());

function startPods(prefix: string, count: number): Promise<readonly RunningPod[]> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  return Promise.all(names.map((name) => stage.pod({ name, secretProviderClass: "db" })));
}

/** Each runs, with its own file system and the secret in it. */
async function expectMounted(pods: readonly RunningPod[]): Promise<void> {
  await Promise.all(pods.map((pod) => pod.runs(110_000)));
  expect(pods.filter((pod) => !pod.isMounted()).map(({ name }) => name)).toEqual([]);
  expect(pods.filter((pod) => pod.text("k") !== "v").map(({ name }) => name)).toEqual([]);
}

async function failedMounts(pods: readonly RunningPod[]): Promise<readonly string[]> {
  const all = await Promise.all(pods.map((pod) => pod.events()));
  return all.flat().flatMap(({ reason, message }) => (reason === "FailedMount" ? [message] : []));
}

/** Calls of the driver to the provider that failed, of all pods. */
async function failedCalls(): Promise<number> {
  const lines = (await stage.driver.metrics()).split("\n");
  const counts = lines.filter((line) => /^(node_publish_error|rotation_reconcile_error)_total\{/.test(line));
  return counts.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

async function mountsOf(pod: DaemonPod): Promise<number> {
  const lines = (await pod.metrics()).split("\n").filter((line) => /^keyferry_mounts?_total\{/.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

describe("a node", () => {
  test("starts 80 pods at once, by a few calls to the store", async () => {
    vault.asked.length = 0;
    const pods = await startPods("eighty", 80);
    await expectMounted(pods);
    expect(await failedMounts(pods)).toEqual([]);
    const reads = vault.asked.filter(({ url }) => url === "/v1/kv/data/db").length;
    expect(reads).toBeLessThan(80);
    await Promise.all(pods.map((pod) => pod.remove()));
  });
});

describe("a daemon that is killed under load", () => {
  test("is started again by kubelet, and no pod starts with an empty folder", async () => {
    const there = await startPods("there", 10);
    await expectMounted(there);
    const coming: RunningPod[] = [];
    for (let round = 0; round < 2; round += 1) {
      const before = daemon.pid() ?? 0;
      process.kill(before, "SIGKILL");
      coming.push(...(await startPods(`coming-${round}`, 5)));
      await eventuallyTrue("kubelet starts it again", () => ![before, undefined].includes(daemon.pid()));
      await eventuallyTrue("it is ready", daemon.isReady);
    }
    await expectMounted([...there, ...coming]);
    await Promise.all([...there, ...coming].map((pod) => pod.remove()));
  }, 240_000);
});

describe("a rolling update", () => {
  test("hands the sockets over on the node's disk without a failed call, four times, under load", async () => {
    const mount = readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .findLast((line) => line.includes(providersFolder.replace("/var", "")));
    expect(mount).not.toMatch(/ - tmpfs /);
    const there = await startPods("updated", 10);
    await expectMounted(there);
    const before = await failedCalls();
    const coming: RunningPod[] = [];
    for (let round = 0; round < 4; round += 1) {
      // As the DaemonSet controller does with a surge of one: the old pod goes once the new one is ready.
      const [next, pods] = await Promise.all([release.addPod(), startPods(`during-${round}`, 4)]);
      stage.after(next.remove);
      const [, more] = await Promise.all([daemon.remove(), startPods(`after-${round}`, 4)]);
      coming.push(...pods, ...more);
      daemon = next;
      await eventuallyTrue("the new one serves", async () => (await mountsOf(next)) > 0);
    }
    await expectMounted([...there, ...coming]);
    expect(await failedMounts([...there, ...coming])).toEqual([]);
    expect(await stage.driver.metrics()).toMatch(/^node_publish_total\{/m);
    expect(await failedCalls()).toBe(before);
  }, 240_000);
});
