import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { defaultFileMode, parseObjectPath } from "../../../src/model/file.ts";
import type { MountLimits } from "../../../src/model/request.ts";
import { Secret } from "../../../src/model/secret.ts";
import { createLog } from "../../../src/observe/log.ts";
import { StreamTable } from "../../../src/serve/last-line/stream-table.ts";
import { startProviderServer } from "../../../src/serve/server.ts";
import { realClock } from "../../../src/wiring/runtime.ts";

let directory = "";
const cleanup: (() => unknown)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kf-"));
});

afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
  await rm(directory, { recursive: true, force: true });
});

/** A server whose every volume has so many bytes, one Mount of it whose caller does not read, and whether it was sent. */
async function mountWithoutReading(size: number) {
  const { promise: begun, resolve } = Promise.withResolvers<MountLimits>();
  const path = parseObjectPath("db");
  const content = new Secret(Buffer.alloc(size, 1));
  const server = await startProviderServer({
    name: "keyferry",
    directory,
    version: "1.2.3",
    mount: (_, limits) => {
      resolve(limits);
      const files = path === undefined ? [] : [{ path, mode: defaultFileMode, content }];
      return Promise.resolve({ files, versions: [{ id: "db", version: "7" }] });
    },
    mostBytes: 64 << 20,
    log: createLog({ level: "error", format: "text", write: () => undefined, now: () => 0 }),
    outside: realClock,
    socketLost: () => undefined,
    streams: new StreamTable(),
  });
  cleanup.push(() => server.close());
  const client = connectHttp2("http://localhost", { createConnection: () => connect(server.path) });
  client.on("error", () => undefined);
  cleanup.push(() => client.destroy());
  const stream = client.request({
    ":method": "POST",
    ":path": "/v1alpha1.CSIDriverProvider/Mount",
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.on("error", () => undefined);
  stream.pause();
  stream.end(Buffer.alloc(5));
  const { sent } = await begun;
  let isSent = false;
  void sent?.then(() => (isSent = true));
  return { client, stream, isSent: () => isSent };
}

async function becomes(isSo: () => boolean): Promise<boolean> {
  for (let look = 0; look < 100 && !isSo(); look += 1) await pass(20);
  return isSo();
}

describe("an answer", () => {
  test("has not left while its caller does not read it, and has once it does", async () => {
    const { stream, isSent } = await mountWithoutReading(8 << 20);
    await pass(300);
    expect(isSent()).toBe(false);
    stream.resume();
    expect(await becomes(isSent)).toBe(true);
  });

  test("that is small leaves at once", async () => {
    const { isSent } = await mountWithoutReading(100);
    expect(await becomes(isSent)).toBe(true);
  });

  test("is done with when its caller goes away", async () => {
    const { client, isSent } = await mountWithoutReading(8 << 20);
    await pass(100);
    client.destroy();
    expect(await becomes(isSent)).toBe(true);
  });
});
