import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { startBackend, type Backend } from "./backend.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { connectRaw, type RawClient } from "./raw-client.ts";
import { finalCodes, listing, mountRequest, type Volume } from "./requests.ts";

let backend: Backend;
let daemon: Daemon;
let client: RawClient;

beforeAll(async () => {
  daemon = await startDaemon({ flags: ["--mount-timeout", "2s"] });
  client = connectRaw(daemon.socket("keyferry"));
});

/** A server of its own for each test: one that failed is left alone for a while, wherever it is asked from. */
beforeEach(async () => {
  backend = await startBackend();
});

afterEach(() => backend.close());

afterAll(async () => {
  client.close();
  await daemon.stop();
});

function request(volume: Partial<Volume> = {}) {
  return mountRequest({ address: backend.address, ...volume });
}

/** Waits at most 10 s. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !condition(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("a store that fails", () => {
  test.each([503, 429])("A10 with %d is repeated, then a final code in time", async (status) => {
    backend.failWith([status], true);
    const start = Date.now();
    const end = await client.mount(request(), { timeout: 30_000 });
    expect(end.code).toBe(9);
    expect(backend.seen.paths.length).toBeGreaterThan(1);
    expect(Date.now() - start).toBeLessThan(29_000);
  });

  test("A10 with a refused connection", async () => {
    await backend.close();
    expect((await client.mount(request(), { timeout: 30_000 })).code).toBe(9);
  });

  test("A10 for a moment is not noticed", async () => {
    backend.failWith([503, 503]);
    expect((await client.mount(request())).code).toBe(0);
  });

  test("A45 is asked again at the next try", async () => {
    backend.failWith([403]);
    const first = await client.mount(request());
    const second = await client.mount(request());
    expect([first.code, second.code]).toEqual([7, 0]);
  });
});

describe("a store that never answers", () => {
  test("A11 ends before the caller's deadline, and its request is aborted", async () => {
    const start = Date.now();
    const end = await client.mount(request({ objects: listing("slow") }), { timeout: 1000 });
    expect(end.code).toBe(9);
    expect(end.details).toMatch(/no answer.*backend.*slow/);
    expect(Date.now() - start).toBeLessThan(1000);
    await until(() => backend.seen.aborted === 1);
    expect(backend.seen.underWay).toBe(0);
  });

  test("A12 ends within the own limit without a deadline", async () => {
    const start = Date.now();
    const end = await client.mount(request({ objects: listing("slow") }));
    expect(end.code).toBe(9);
    expect(Date.now() - start).toBeLessThan(5000);
  });

  test("A13 is let go when the caller cancels, and the next Mount works", async () => {
    const cancel = new AbortController();
    const cancelled = client.mount(request({ objects: listing("slow") }), { signal: cancel.signal });
    await until(() => backend.seen.underWay === 1);
    cancel.abort();
    await cancelled;
    await until(() => backend.seen.aborted === 1);
    expect((await client.mount(request())).code).toBe(0);
    expect(daemon.output()).not.toMatch(/unhandled/i);
  });

  test("A1 does not hold up Version, nor another store", async () => {
    const other = await startBackend();
    const hanging = Array.from({ length: 200 }, (_, index) =>
      client.mount(request({ objects: listing("slow"), serviceAccount: `sa-${index}` })),
    );
    await until(() => backend.seen.underWay > 0);
    const start = Date.now();
    const version = await client.version("v1alpha1");
    const mounted = await client.mount(mountRequest({ address: other.address }));
    expect(Date.now() - start).toBeLessThan(1000);
    expect(version.answer).toMatchObject({ version: "v1alpha1", runtime_name: "keyferry" });
    expect(version.answer["runtime_version"]).toMatch(/^\d+\.\d+\.\d+/);
    expect(mounted.code).toBe(0);
    expect((await Promise.all(hanging)).every(({ code }) => finalCodes.includes(code))).toBe(true);
    await other.close();
  });
});

describe("many pods", () => {
  test("A35 250 Mounts at once all succeed with few calls, and no answer mixes identities", async () => {
    backend.objects.set("mine", { bytes: Buffer.from("x"), version: "1" });
    const ends = await Promise.all(
      Array.from({ length: 250 }, (_, index) =>
        client.mount(request({ objects: listing("mine"), pod: `p${index}`, serviceAccount: `sa-${index % 5}` })),
      ),
    );
    expect(ends.filter(({ code }) => code !== 0)).toEqual([]);
    expect(backend.seen.paths.length).toBeLessThanOrEqual(10);
  });

  test("A36 what one service account got, another is refused", async () => {
    backend.allowed.add("shop/web");
    const allowed = await client.mount(request());
    const refused = await client.mount(request({ pod: "web-1", serviceAccount: "other" }));
    expect([allowed.code, refused.code]).toEqual([0, 7]);
    expect(refused.files).toEqual([]);
  });
});
