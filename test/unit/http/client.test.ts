import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createNetServer, type AddressInfo, type Server as NetServer, type Socket } from "node:net";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createHttpClient, type HttpClient } from "../../../src/http/client.ts";
import type { SendRequest } from "../../../src/http/send.ts";
import { MountError } from "../../../src/model/error.ts";
import { Secret } from "../../../src/model/secret.ts";

const pem = (name: string) => readFileSync(new URL(`../../vectors/tls/${name}`, import.meta.url), "utf8");
const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

function client(): HttpClient {
  const made = createHttpClient();
  open.push(async () => {
    await Promise.resolve();
    made.close();
  });
  return made;
}

async function listen(server: Server | NetServer, path?: string): Promise<number> {
  await new Promise<void>((resolve) =>
    path === undefined ? server.listen(0, "127.0.0.1", resolve) : server.listen(path, resolve),
  );
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  open.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  );
  return path === undefined ? (server.address() as AddressInfo).port : 0;
}

const serve = async (answer: RequestListener) => `http://127.0.0.1:${await listen(createServer(answer))}`;

const request = (url: string, more: Partial<SendRequest> = {}): SendRequest => ({
  method: "GET",
  url: new URL(url),
  headers: {},
  limit: 5_000,
  mostBytes: 1_000,
  ...more,
});

const failure = async (answer: Promise<unknown>): Promise<MountError> => {
  const error = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MountError);
  return error as MountError;
};

const never = new AbortController().signal;

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe("an exchange", () => {
  test("sends method, headers and body as given, and reads status, headers and body whole", async () => {
    const url = await serve((message, response) => {
      void bodyOf(message).then((body) => {
        response.writeHead(418, { "X-Two": ["a", "b"] });
        response.end(`${message.method ?? ""} ${message.url ?? ""} ${String(message.headers["x-one"])} ${body}`);
      });
    });
    const answer = await client().send(
      request(`${url}/a%20b?c=d`, { method: "PUT", headers: { "x-one": "1" }, body: "é" }),
      never,
    );
    expect([answer.status, answer.headers["x-two"], Buffer.from(answer.body).toString()]).toEqual([
      418,
      "a, b",
      "PUT /a%20b?c=d 1 é",
    ]);
  });

  test("a body goes with GET too", async () => {
    const url = await serve((message, response) => void bodyOf(message).then((body) => response.end(body)));
    const answer = await client().send(request(url, { body: "{}" }), never);
    expect(Buffer.from(answer.body).toString()).toBe("{}");
  });

  test("does not follow a redirect", async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end());
    expect((await client().send(request(url), never)).status).toBe(302);
  });

  test("keeps connections", async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((message, response) => {
      ports.add(message.socket.remotePort);
      response.end("x");
    });
    const { send } = client();
    for (let count = 0; count < 5; count += 1) await send(request(url), never);
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  test("goes over a unix socket", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "http-")), "s.sock");
    await listen(
      createServer((message, response) => response.end(message.headers.host)),
      path,
    );
    const answer = await client().send(request("http://localhost/", { socketPath: path }), never);
    expect(Buffer.from(answer.body).toString()).toBe("localhost");
  });
});

describe("what goes wrong", () => {
  test.each([
    ["ftp://127.0.0.1/", "parameter_invalid"],
    ["http://user:pw@127.0.0.1/", "parameter_invalid"],
  ])("%s is refused before anything is sent", async (url, reason) => {
    expect(await failure(client().send(request(url), never))).toMatchObject({ reason });
  });

  test("nothing listens", async () => {
    const error = await failure(client().send(request("http://127.0.0.1:1/"), never));
    expect([error.reason, error.message]).toEqual([
      "store_unavailable",
      "127.0.0.1:1 refused the connection; nothing listens there",
    ]);
  });

  test("a server that hangs is left when the time is up", async () => {
    const url = await serve(() => undefined);
    expect(await failure(client().send(request(url, { limit: 50 }), never))).toMatchObject({
      reason: "store_unavailable",
      transient: true,
    });
  });

  test("a body that never ends is left when the time is up", async () => {
    const url = await serve((_, response) => response.write("x"));
    expect(await failure(client().send(request(url, { limit: 80 }), never))).toMatchObject({
      reason: "store_unavailable",
    });
  });

  test("a signal ends it with its reason, and the connection closes", async () => {
    const stop = new AbortController();
    const closed = new Promise<void>((resolve) => {
      void serve((message) => {
        message.socket.on("close", () => resolve());
        stop.abort(new MountError("cancelled", "gone"));
      }).then(async (url) => {
        expect(await failure(client().send(request(url), stop.signal))).toMatchObject({ reason: "cancelled" });
      });
    });
    await closed;
  });

  test("a signal that has aborted sends nothing", async () => {
    const url = await serve(() => {
      throw new Error("asked");
    });
    const signal = AbortSignal.abort(new MountError("cancelled", "gone"));
    expect(await failure(client().send(request(url), signal))).toMatchObject({ reason: "cancelled" });
  });

  test("a body that is too large", async () => {
    const url = await serve((_, response) => response.end("x".repeat(1_001)));
    expect(await failure(client().send(request(url), never))).toMatchObject({ reason: "store_protocol" });
  });

  test("a body that is cut", async () => {
    const url = await serve((message, response: ServerResponse) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("x", () => message.socket.destroy());
    });
    expect(await failure(client().send(request(url), never))).toMatchObject({ reason: "store_unavailable" });
  });

  test("bytes that are not HTTP", async () => {
    const port = await listen(createNetServer((socket) => socket.end("garbage\r\n\r\n")));
    expect(await failure(client().send(request(`http://127.0.0.1:${port}/`), never))).toMatchObject({
      reason: "store_protocol",
    });
  });
});

describe("TLS", () => {
  const tlsServer = async (name: string, more = {}) => {
    const server = createTlsServer({ key: pem(`${name}.key`), cert: pem(`${name}.pem`), ...more }, (_, response) =>
      response.end("ok"),
    );
    return `https://127.0.0.1:${await listen(server)}`;
  };
  const ca = pem("ca.pem");

  test("a certificate of a known CA is taken", async () => {
    const url = await tlsServer("server");
    expect((await client().send(request(url, { tls: { ca } }), never)).status).toBe(200);
  });

  test("the server's own certificate is taken where it is what was named, for its own names", async () => {
    const [server, other] = [await tlsServer("server"), await tlsServer("other")];
    const { send } = client();
    expect((await send(request(server, { tls: { ca: pem("server.pem") } }), never)).status).toBe(200);
    const refused = await failure(send(request(other, { tls: { ca: pem("other.pem") } }), never));
    expect(refused).toMatchObject({ reason: "store_untrusted" });
  });

  test("the server's name can be another than the URL's", async () => {
    const url = await tlsServer("other");
    const tls = { ca, serverName: "elsewhere.test" };
    expect((await client().send(request(url, { tls }), never)).status).toBe(200);
  });

  test.each([
    ["server", undefined, "127.0.0.1:PORT is not trusted: the CA of its certificate is not trusted; name the CA"],
    [
      "other",
      { ca },
      "127.0.0.1:PORT is not trusted: its certificate is for another name; correct the address or the server name",
    ],
  ])("certificate %s with %j is refused", async (name, tls, message) => {
    const url = await tlsServer(name);
    const error = await failure(client().send(request(url, { tls }), never));
    expect([error.reason, error.message.replace(/:\d+ /u, ":PORT ")]).toEqual(["store_untrusted", message]);
  });

  test("verification is off only when that is said, and only for those who said it", async () => {
    const url = await tlsServer("other");
    const { send } = client();
    expect((await send(request(url, { tls: { insecure: true } }), never)).status).toBe(200);
    expect(await failure(send(request(url), never))).toMatchObject({ reason: "store_untrusted" });
  });

  test("a client certificate is shown", async () => {
    const url = await tlsServer("server", { ca, requestCert: true, rejectUnauthorized: true });
    const tls = { ca, client: { certificate: pem("client.pem"), key: Secret.fromText(pem("client.key")) } };
    const { send } = client();
    expect((await send(request(url, { tls }), never)).status).toBe(200);
    expect((await failure(send(request(url, { tls: { ca } }), never))).reason).toMatch(/^store_un/u);
  });

  test("plain HTTP behind an https address is told as such", async () => {
    const url = (await serve((_, response) => response.end())).replace("http:", "https:");
    expect(await failure(client().send(request(url), never))).toMatchObject({ reason: "store_untrusted" });
  });
});

test("an open port that never speaks TLS is left in time", async () => {
  const port = await listen(createNetServer(() => undefined));
  const error = await failure(client().send(request(`https://127.0.0.1:${port}/`, { limit: 60 }), never));
  expect(error.reason).toBe("store_unavailable");
});
