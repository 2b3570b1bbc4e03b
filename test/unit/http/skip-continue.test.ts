import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createHttpClient, type HttpClient } from "../../../src/http/client.ts";
import type { SendRequest } from "../../../src/http/send.ts";

const sockets = new Set<Socket>();
let server: Server;
let http: HttpClient;

/** A server that writes these pieces, one after another, for every request on a connection that stays open. */
async function start(pieces: readonly string[]): Promise<SendRequest> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on("data", () => void writeAll(socket, pieces));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  http = createHttpClient();
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}/`);
  return { method: "GET", url, headers: {}, limit: 3_000, mostBytes: 10_000 };
}

async function writeAll(socket: Socket, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

afterEach(() => {
  http.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

const goesOn = "HTTP/1.1 100 Continue\r\n\r\n";
const answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const quoting = `HTTP/1.1 200 OK\r\nContent-Length: ${goesOn.length}\r\n\r\n`;

describe("an answer 100 that nobody asked for is skipped", () => {
  test.each([
    { is: "before the answer", pieces: [goesOn, answer] },
    { is: "in one piece with it", pieces: [goesOn + answer] },
    { is: "twice, with a field", pieces: [`HTTP/1.1 100 Continue\r\nX-A: b\r\n\r\n${goesOn}`, answer] },
    { is: "byte by byte", pieces: [...goesOn.matchAll(/./gsu)].map(String).concat(answer) },
    { is: "without a phrase", pieces: ["HTTP/1.1 100\r\n\r\n", answer] },
    { is: "not there at all, and the answer in bits", pieces: ["HTTP/1.1 ", "200 OK\r\n", answer.slice(17)] },
    { is: "of another kind, which is skipped as well", pieces: ["HTTP/1.1 103 Early Hints\r\n\r\n", answer] },
  ])("$is", async ({ pieces }) => {
    const request = await start(pieces);
    const { signal } = new AbortController();
    for (let times = 0; times < 2; times += 1) {
      const { status, body } = await http.send(request, signal);
      expect([status, Buffer.from(body).toString()]).toEqual([200, "hello"]);
    }
    expect(sockets.size).toBeGreaterThan(0);
  });

  test("and a body that reads like one stays as it is", async () => {
    const request = await start([quoting, goesOn]);
    const { body } = await http.send(request, new AbortController().signal);
    expect(Buffer.from(body).toString()).toBe(goesOn);
  });

  test("but not one without an end", async () => {
    const request = await start([`HTTP/1.1 100 Continue\r\nX-A: ${"a".repeat(9_000)}`]);
    await expect(http.send(request, new AbortController().signal)).rejects.toMatchObject({ name: "MountError" });
  });
});
