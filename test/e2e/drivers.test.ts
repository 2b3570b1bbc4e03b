import { mkdtempSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Caller, PodVolume } from "../../src/driver/request.ts";
import { simulateDriver } from "../driver/simulator.ts";
import { startBackend, type Backend } from "./backend.ts";
import { startDaemon, type Daemon } from "./daemon.ts";

let backend: Backend;
let daemon: Daemon;

beforeAll(async () => {
  backend = await startBackend();
  daemon = await startDaemon({ config: "refresh: { firstMount: 0s, interval: 0s, minInterval: 0s }\n" });
});

afterAll(async () => {
  await daemon.stop();
  await backend.close();
});

function volumeOf(driver: Caller, objects: string): PodVolume {
  const stores = JSON.stringify([{ name: "backend", kind: "stub", address: backend.address }]);
  return {
    spc: { name: "web-secrets", parameters: new Map(Object.entries({ stores, objects })) },
    pod: { name: "web-0", namespace: "shop", uid: `uid-${driver}`, serviceAccount: "web" },
  };
}

describe.each<Caller>(["1.3", "1.5", "1.6"])("driver %s", (driver) => {
  const kubeletRoot = mkdtempSync(join(tmpdir(), "kf-kubelet-"));
  const objects = `- {objectName: of-${driver}, objectAlias: conf/db}\n- {objectName: bin, filePermission: "0400"}\n`;

  test("mounts, rotates what changed, and keeps what did not", async () => {
    const simulated = simulateDriver({ socket: daemon.socket("keyferry"), driver, kubeletRoot });
    const volume = volumeOf(driver, objects);
    backend.objects.set(`of-${driver}`, { bytes: Buffer.from("old"), version: "1" });
    const first = await simulated.firstMount(volume);
    expect(first).toMatchObject({ kind: "mounted", changed: true, warnings: [] });
    const target = "target" in first ? first.target : "";
    expect(readFileSync(join(target, "conf", "db"), "utf8")).toBe("old");
    expect(statSync(join(target, "bin")).mode & 0o777).toBe(0o400);
    const data = readlinkSync(join(target, "..data"));

    expect(await simulated.rotate(volume)).toMatchObject({ kind: "mounted", changed: false });
    expect(readlinkSync(join(target, "..data"))).toBe(data);

    backend.objects.set(`of-${driver}`, { bytes: Buffer.from("new"), version: "2" });
    expect(await simulated.rotate(volume)).toMatchObject({ kind: "mounted", changed: true });
    expect(readFileSync(join(target, "conf", "db"), "utf8")).toBe("new");
  });

  test("keeps the old files when a rotation fails, with a code that leaves no empty volume", async () => {
    const simulated = simulateDriver({ socket: daemon.socket("keyferry"), driver, kubeletRoot });
    const volume = { ...volumeOf(driver, objects), volumeName: "failing" };
    const first = await simulated.firstMount(volume);
    backend.objects.delete(`of-${driver}`);
    const rotated = await simulated.rotate(volume);
    expect(rotated).toMatchObject({ kind: "failed", code: 5, leavesEmptyVolume: false });
    expect(readFileSync(join("target" in first ? first.target : "", "bin"))).toHaveLength(4);
  });
});

test("the sync controller gets the files that it asks for", async () => {
  const kubeletRoot = mkdtempSync(join(tmpdir(), "kf-kubelet-"));
  const simulated = simulateDriver({ socket: daemon.socket("keyferry"), driver: "sync-controller", kubeletRoot });
  const answered = await simulated.firstMount(volumeOf("sync-controller", "- objectName: db\n"));
  expect(answered).toMatchObject({ kind: "mounted", answer: { files: [{ path: "db" }] } });
});
