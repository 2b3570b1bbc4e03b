import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pass } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createHttpClient } from "../../../src/http/client.ts";
import { noProxy } from "../../../src/http/proxy.ts";
import type { BodyMeter } from "../../../src/http/send.ts";
import { MountError } from "../../../src/model/error.ts";

const forever = new AbortController().signal;
const open: (() => void)[] = [];

afterEach(() => {
  for (const close of open.splice(0).toReversed()) close();
});

/** A server that sends so many bytes in chunks, with or without saying how many; `sent` counts them. */
async function startServer(chunks: number, chunk: number, says: boolean) {
  const server = createServer((_request, response) => {
    if (says) response.setHeader("content-length", chunks * chunk);
    const send = (left: number): void => {
      if (left === 0) response.end();
      else response.write(Buffer.alloc(chunk), () => send(left - 1));
    };
    send(chunks);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

function ask(url: URL, meter: BodyMeter, limit = 5000) {
  const client = createHttpClient(noProxy, () => meter);
  open.push(() => client.close());
  return client.send({ method: "GET", url, headers: {}, limit, mostBytes: 1_000_000 }, forever);
}

describe("room for a body", () => {
  test.each([true, false])("is taken before it is read, its length declared: %s", async (says) => {
    const taken: number[] = [];
    const meter = {
      waits: false,
      take: (bytes: number) => {
        taken.push(bytes);
        return Promise.resolve();
      },
    };
    const { body } = await ask(await startServer(5, 20_000, says), meter);
    expect(body.byteLength).toBe(100_000);
    expect(taken.reduce((sum, bytes) => sum + bytes, 0)).toBe(100_000);
    expect(taken[0]).toBe(says ? 100_000 : 0);
  });

  test("is waited for without the server's time limit", async () => {
    const meter = {
      waits: false,
      async take() {
        this.waits = true;
        await pass(300);
        this.waits = false;
      },
    };
    expect((await ask(await startServer(1, 1000, true), meter, 100)).body.byteLength).toBe(1000);
  });

  test("that is refused ends the request with the meter's error", async () => {
    const refused = new MountError("response_too_large", "too much");
    const meter = { waits: false, take: (bytes: number) => (bytes > 0 ? Promise.reject(refused) : Promise.resolve()) };
    await expect(ask(await startServer(5, 20_000, false), meter)).rejects.toBe(refused);
    await expect(ask(await startServer(5, 20_000, true), meter)).rejects.toBe(refused);
  });
});

test("300 requests that hang at one server are no reason for another to wait", async () => {
  let hanging = 0;
  const server = createServer((request, response) => {
    if (request.url === "/") response.end("answered");
    else hanging += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const client = createHttpClient();
  open.push(() => client.close());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const request = { method: "GET", headers: {}, limit: 20_000, mostBytes: 1000 };
  const leaving = new AbortController();
  const hung = Array.from({ length: 300 }, () =>
    client.send({ ...request, url: new URL(`${base}/hang`) }, leaving.signal).catch(() => undefined),
  );
  for (let look = 0; look < 250 && hanging < 300; look += 1) await pass(20);
  expect(hanging).toBe(300);
  const { body } = await client.send({ ...request, url: new URL(`${base}/`) }, forever);
  expect(Buffer.from(body).toString()).toBe("answered");
  leaving.abort(new MountError("cancelled", "over"));
  await Promise.all(hung);
});
