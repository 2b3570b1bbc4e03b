import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Caller, PodVolume } from "../../src/driver/request.ts";
import { StreamTable } from "../../src/serve/last-line/stream-table.ts";
import { watchConnection } from "../../src/serve/last-line/watched-connection.ts";
import { RewrittenConnection } from "../../src/serve/grpc-socket/rewritten-connection.ts";
import { huffman } from "../fakes/http2-frames.ts";
import { startBareProvider, type BareAnswer, type BareProvider } from "./bare-provider.ts";
import { observeVolume } from "./observed-volume.ts";
import { simulateDriver } from "./simulator.ts";

const volume: PodVolume = {
  spc: { name: "web", parameters: new Map([["objects", "[]"]]) },
  pod: { name: "web-0", namespace: "shop", uid: "0d6f", serviceAccount: "web" },
};
const file = { path: "conf/db", mode: 0o400, contents: Buffer.from("s3cret") };
const good = { objectVersion: [{ id: "conf/db", version: "7" }], files: [file] };

let root: string;
let socket: string;
let provider: BareProvider | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keyferry-simulator-"));
  socket = join(root, "p.sock");
});

afterEach(() => {
  provider?.close();
  provider = undefined;
  rmSync(root, { recursive: true });
});

async function start(
  driver: Caller,
  answer: (call: number) => BareAnswer,
  more: { limit?: number; pollInterval?: number } = {},
) {
  provider = await startBareProvider(socket, (_, call) => answer(call));
  return simulateDriver({ socket, driver, kubeletRoot: root, patience: 10_000, retryPause: 5, ...more });
}

describe("simulateDriver", () => {
  const target = "pods/0d6f/volumes/kubernetes.io~csi/secrets/mount";

  test("mounts, and rotates only what changed", async () => {
    const changed = { ...good, files: [{ ...file, contents: Buffer.from("new") }] };
    const driver = await start("1.6", (call) => (call < 3 ? good : changed));
    expect(await driver.firstMount(volume)).toMatchObject({ kind: "mounted", changed: true, warnings: [] });
    expect(readFileSync(join(root, target, "conf/db"), "utf8")).toBe("s3cret");
    expect(await driver.rotate(volume)).toMatchObject({ kind: "mounted", changed: false });
    expect(await driver.rotate(volume)).toMatchObject({ kind: "mounted", changed: true, answer: changed });
    expect(readFileSync(join(root, target, "conf/db"), "utf8")).toBe("new");
    expect(provider?.received.map(({ targetPath }) => targetPath)).toEqual(Array(3).fill(join(root, target)));
    expect(provider?.received.map(({ currentObjectVersion }) => currentObjectVersion)).toEqual([[], [], []]);
  });

  test("a failed first mount leaves no volume, a failed rotation leaves the old one", async () => {
    const driver = await start("1.6", (call) => (call === 2 ? good : { code: 7, details: "denied" }));
    const failed = { kind: "failed", code: 7, message: "denied", leavesEmptyVolume: false };
    expect(await driver.firstMount(volume)).toMatchObject(failed);
    expect(existsSync(join(root, target))).toBe(false);
    expect(await driver.firstMount(volume)).toMatchObject({ kind: "mounted" });
    expect(await driver.rotate(volume)).toMatchObject({ ...failed, masked: true });
    expect(readFileSync(join(root, target, "conf/db"), "utf8")).toBe("s3cret");
  });

  test.each([
    { is: "UNAVAILABLE after three tries", answer: { code: 14, details: "x" }, code: 14, empty: true, calls: 3 },
    { is: "ABORTED", answer: { code: 10, details: "x" }, code: 10, empty: true },
    { is: "an error code", answer: { ...good, error: { code: "Broken" } }, code: 2, errorType: "Broken" },
    { is: "no versions", answer: { files: [file] }, code: 2, errorType: "GRPCProviderError" },
    { is: "a bad path", answer: { ...good, files: [{ ...file, path: "../x" }] }, code: 2, errorType: "FileWriteError" },
    {
      is: "a file that is a folder",
      answer: { ...good, files: [file, { ...file, path: "conf" }] },
      code: 2,
      errorType: "FileWriteError",
    },
  ])("refuses $is", async ({ answer, code, errorType = "GRPCProviderError", empty = false, calls = 1 }) => {
    const driver = await start("1.6", () => answer);
    const outcome = await driver.firstMount(volume);
    expect(outcome).toMatchObject({ kind: "failed", code, errorType, leavesEmptyVolume: empty });
    expect(provider?.received).toHaveLength(calls);
    expect(existsSync(join(root, target))).toBe(empty);
  });

  test("a folder that changed within the poll interval is taken for mounted, be it a volume or not", async () => {
    const driver = await start("1.6", (call) => (call === 1 ? { code: 4, details: "slow" } : good), {
      pollInterval: 60_000,
    });
    expect(await driver.firstMount(volume)).toMatchObject({ kind: "failed", leavesEmptyVolume: true });
    expect(await driver.firstMount(volume)).toEqual({ kind: "skipped", isMounted: false });
    expect(readdirSync(join(root, target))).toEqual([]);
    expect(provider?.received).toHaveLength(1);
  });

  test("a rotation does the harm that the driver's writer does", async () => {
    const conflict = { ...good, files: [file, { ...file, path: "conf" }] };
    const dot = { ...good, files: [{ ...file, path: "." }] };
    const driver = await start("1.6", (call) => (call === 1 ? good : call === 2 ? conflict : dot));
    await driver.firstMount(volume);
    expect(await driver.rotate(volume)).toMatchObject({ kind: "failed", masked: true });
    expect(observeVolume(join(root, target))).toMatchObject({ files: { "conf/db": "400 s3cret" }, leftovers: 1 });
    expect(await driver.rotate(volume)).toMatchObject({ kind: "failed", masked: true });
    expect(observeVolume(join(root, target))).toEqual({ exists: true, files: {}, leftovers: 0 });
  });

  test("refuses an answer above the limit", async () => {
    const driver = await start("1.6", () => good, { limit: 20 });
    expect(await driver.firstMount(volume)).toMatchObject({ kind: "failed", code: 8, leavesEmptyVolume: true });
  });

  test.each([
    { is: "no file", answer: { ...good, files: [] }, warning: /empty volume/ },
    { is: "mode 0", answer: { ...good, files: [{ ...file, mode: 0 }] }, warning: /mode is 0/ },
    { is: "a path twice", answer: { ...good, files: [file, file] }, warning: /twice/ },
  ])("mounts with a warning: $is", async ({ answer, warning }) => {
    const driver = await start("1.6", () => answer);
    const warnings = [expect.stringMatching(warning)];
    expect(await driver.firstMount(volume)).toMatchObject({ kind: "mounted", warnings });
  });

  test("the sync controller writes no file", async () => {
    const driver = await start("sync-controller", () => good);
    expect(await driver.firstMount(volume)).toMatchObject({ kind: "mounted", changed: false, answer: good });
    expect(provider?.received[0]).toMatchObject({ targetPath: "/mnt/secrets-store", secrets: "{}" });
    expect(readdirSync(root)).toEqual(["p.sock"]);
  });

  describe.each<Caller>(["1.3", "1.5"])("driver %s", (driver) => {
    /** Stands between the driver and a provider and keeps what the driver sends. */
    async function listen() {
      const sent: Buffer[] = [];
      const inner = join(root, "q.sock");
      provider = await startBareProvider(inner, () => good);
      const outer = createServer((connection) => {
        const onward = connect(inner);
        connection.on("data", (octets) => sent.push(octets));
        connection.on("error", () => onward.destroy()).pipe(onward);
        onward.on("error", () => connection.destroy()).pipe(connection);
      });
      outer.listen(socket);
      await new Promise((resolve) => outer.once("listening", resolve));
      return { sent: () => Buffer.concat(sent), close: () => outer.close() };
    }

    test("sends the socket's path as :authority, which Node's HTTP/2 refuses", async () => {
      const between = await listen();
      const old = simulateDriver({ socket, driver, kubeletRoot: root, retryPause: 5 });
      expect(await old.firstMount(volume)).toMatchObject({ kind: "failed", code: 13 });
      expect(between.sent().includes(huffman(socket).subarray(0, -1))).toBe(true);
      expect(provider?.received).toEqual([]);
      between.close();
    });

    test("mounts through a rewriter, and tells at rotation what it believes to be mounted", async () => {
      const wrap = (connection: Socket) =>
        new RewrittenConnection(connection, watchConnection(connection, new StreamTable()));
      provider = await startBareProvider(socket, () => good, wrap);
      const old = simulateDriver({ socket, driver, kubeletRoot: root, retryPause: 5 });
      expect(await old.firstMount(volume)).toMatchObject({ kind: "mounted", changed: true });
      expect(await old.rotate(volume)).toMatchObject({ kind: "mounted", changed: false });
      expect(provider.received).toMatchObject([
        { currentObjectVersion: [], secrets: "null" },
        { currentObjectVersion: good.objectVersion, secrets: "{}" },
      ]);
      expect(provider.received[1]?.attributes).not.toContain("secretProviderClass");
    });
  });
});
