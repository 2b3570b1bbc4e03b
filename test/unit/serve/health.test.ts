import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { startHealth } from "../../../src/serve/health.ts";

const cleanup: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanup.splice(0)) await clean();
});

const metrics = { text: () => Promise.resolve("keyferry_build_info 1\n"), contentType: "text/plain; version=0.0.4" };

async function start(
  unready: () => string | undefined | Promise<string | undefined> = () => undefined,
  given = metrics,
  hopeless: () => string | undefined = () => undefined,
) {
  const health = await startHealth({ host: "127.0.0.1", port: 0, metrics: given, unready, hopeless });
  cleanup.push(() => health.close());
  return health;
}

async function get(address: string, path: string, method = "GET") {
  const response = await fetch(`http://${address}${path}`, { method });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

describe("startHealth", () => {
  test("gives the address it chose", async () => {
    expect((await start()).address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
  });

  test.each([
    ["/livez", "GET", 200, "ok\n"],
    ["/healthz", "GET", 200, "ok\n"],
    ["/healthz?verbose", "GET", 200, "ok\n"],
    ["/readyz", "GET", 200, "ok\n"],
    ["/metrics", "GET", 200, "keyferry_build_info 1\n"],
    ["/healthz", "HEAD", 200, ""],
    ["/metrics", "POST", 405, "only GET and HEAD\n"],
    ["/readyz", "DELETE", 405, "only GET and HEAD\n"],
    ["/", "GET", 404, "not found\n"],
    ["/metrics/", "GET", 404, "not found\n"],
    ["/HEALTHZ", "GET", 404, "not found\n"],
  ])("%s by %s is %d", async (path, method, status, text) => {
    const { address } = await start();
    expect(await get(address, path, method)).toMatchObject({ status, text });
  });

  test("says why it is not ready, and lives all the same", async () => {
    const state: { reason: string | undefined } = { reason: "stopping" };
    const { address } = await start(() => Promise.resolve(state.reason));
    expect(await get(address, "/readyz")).toMatchObject({ status: 503, text: "stopping\n" });
    expect(await get(address, "/healthz")).toMatchObject({ status: 200 });
    state.reason = undefined;
    expect(await get(address, "/readyz")).toMatchObject({ status: 200 });
  });

  test("asks for a restart where nothing else helps, apart from being ready", async () => {
    const { address } = await start(undefined, metrics, () => "memory has been short for a minute");
    for (const path of ["/livez", "/healthz"]) {
      expect(await get(address, path)).toMatchObject({ status: 503, text: "memory has been short for a minute\n" });
    }
    expect(await get(address, "/readyz")).toMatchObject({ status: 200 });
  });

  test("serves metrics with their own type, and names the methods it takes", async () => {
    const { address } = await start();
    expect((await get(address, "/metrics")).headers.get("content-type")).toBe("text/plain; version=0.0.4");
    expect((await get(address, "/metrics", "PUT")).headers.get("allow")).toBe("GET, HEAD");
  });

  test("a failure inside is 500 without its text", async () => {
    const { address } = await start(undefined, { ...metrics, text: () => Promise.reject(new Error("canary")) });
    expect(await get(address, "/metrics")).toMatchObject({ status: 500, text: "internal error\n" });
  });

  test.each([
    ["garbage", "\u0000\u0001\r\n\r\n"],
    ["a header without end", `GET /healthz HTTP/1.1\r\nhost: x\r\na: ${"x".repeat(20000)}\r\n\r\n`],
  ])("outlives %s", async (_, said) => {
    const { address } = await start();
    const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.resume();
    socket.write(said);
    await once(socket, "close");
    expect(await get(address, "/healthz")).toMatchObject({ status: 200 });
  });

  test("says so when the address is taken", async () => {
    const { address } = await start();
    const port = Number(address.split(":")[1]);
    await expect(
      startHealth({ host: "127.0.0.1", port, metrics, unready: () => undefined, hopeless: () => undefined }),
    ).rejects.toThrow(`cannot listen on health address 127.0.0.1:${port}: the address is in use by another process`);
  });

  test("closes with idle connections open, and shows IPv6 in brackets", async () => {
    const health = await startHealth({
      host: "::1",
      port: 0,
      metrics,
      unready: () => undefined,
      hopeless: () => undefined,
    });
    expect(health.address).toMatch(/^\[::1\]:\d+$/);
    const socket = connect(Number(health.address.split("]:")[1]), "::1");
    await once(socket, "connect");
    socket.resume();
    await health.close();
    await once(socket, "close");
  });
});
