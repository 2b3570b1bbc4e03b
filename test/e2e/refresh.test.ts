import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { startBackend, type Backend } from "./backend.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { connectRaw, type RawClient, type RawEnd } from "./raw-client.ts";
import { mountRequest, type Volume } from "./requests.ts";

let backend: Backend;
let daemon: Daemon;
let client: RawClient;

beforeAll(async () => {
  backend = await startBackend();
  daemon = await startDaemon({
    config: "refresh: { interval: 1h, minInterval: 0s, firstMount: 0s, staleOnError: 10m }\n",
  });
  client = connectRaw(daemon.socket("keyferry"));
});

afterAll(async () => {
  client.close();
  await daemon.stop();
  await backend.close();
});

beforeEach(() => {
  backend.failWith([]);
  backend.seen.paths.length = 0;
});

function mount(volume: Partial<Volume>): Promise<RawEnd> {
  return client.mount(mountRequest({ address: backend.address, ...volume }));
}

async function metric(line: string): Promise<number> {
  const text = await (await fetch(`${daemon.health}/metrics`)).text();
  const found = text.split("\n").find((one) => one.startsWith(line));
  return Number(found?.split(" ").at(-1) ?? 0);
}

describe("the store is asked", () => {
  test("once for a volume that is mounted again and again", async () => {
    for (let time = 0; time < 5; time += 1) expect((await mount({ pod: "again" })).code).toBe(0);
    expect(backend.seen.paths).toHaveLength(1);
  });

  test("by every volume that is mounted for the first time, with firstMount 0s", async () => {
    for (const pod of ["one", "two", "three"]) await mount({ pod });
    expect(backend.seen.paths).toHaveLength(3);
  });

  test("as often as the manifest's own interval says", async () => {
    const volume = { pod: "eager", more: { refreshInterval: "1ms" } };
    await mount(volume);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await mount(volume);
    expect(backend.seen.paths).toHaveLength(2);
  });
});

describe("while the store fails, with staleOnError", () => {
  test("a new pod of the same identity gets the last answer, and log and metric say so", async () => {
    await mount({ pod: "before" });
    const before = await metric('keyferry_objects_answered_total{store="stub",source="stale"}');
    backend.failWith([503], true);
    const end = await mount({ pod: "during" });
    expect(end.files[0]?.contents.toString()).toBe("s3cret");
    expect(await metric('keyferry_objects_answered_total{store="stub",source="stale"}')).toBe(before + 1);
    for (let tries = 0; tries < 500 && !daemon.output().includes('"pod":"during"'); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(daemon.output()).toMatch(/"pod":"during".*"stale":1/);
  });

  test("another identity does not", async () => {
    backend.failWith([503], true);
    expect((await mount({ pod: "stranger", serviceAccount: "stranger" })).code).toBe(9);
  });

  test("a refusal is no outage", async () => {
    // Its own server: the other one is left alone by now.
    const other = await startBackend();
    const revoked = { address: other.address, serviceAccount: "revoked" };
    await mount({ pod: "allowed", ...revoked });
    other.failWith([403]);
    const refused = await mount({ pod: "later", ...revoked });
    other.failWith([503], true);
    const down = await mount({ pod: "latest", ...revoked });
    await other.close();
    expect([refused.code, down.code]).toEqual([7, 9]);
  });
});
