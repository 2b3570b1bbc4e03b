import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import {
  connect,
  createServer as createNetServer,
  type AddressInfo,
  type Server as NetServer,
  type Socket,
} from "node:net";
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createHttpClient } from "../../../src/http/client.ts";
import { parseNoProxy } from "../../../src/http/no-proxy.ts";
import { proxiesOf } from "../../../src/http/proxy.ts";
import type { SendAnswer, SendRequest } from "../../../src/http/send.ts";
import { MountError } from "../../../src/model/error.ts";

const pem = (name: string) => readFileSync(new URL(`../../vectors/tls/${name}`, import.meta.url), "utf8");
const open: (() => Promise<unknown>)[] = [];
const canary = "canary-proxy-password-7c1f";

afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function listen(server: Server | NetServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  );
  return (server.address() as AddressInfo).port;
}

/** The https server that stands for every name; its certificate is for localhost. */
function startTarget(): Promise<number> {
  const answer = (request: IncomingMessage, response: { end(text: string): void }) =>
    response.end(`target ${request.url ?? ""} ${String(request.headers["proxy-authorization"])}`);
  return listen(createTlsServer({ key: pem("server.key"), cert: pem("server.pem") }, answer));
}

interface SeenProxy {
  readonly port: number;
  readonly seen: string[];
}

/** A proxy that leads every tunnel to `target`, and every plain request to an answer of its own. */
async function startProxy(target: number, status = 200, wanted?: string): Promise<SeenProxy> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method ?? ""} ${request.url ?? ""} host=${request.headers.host ?? ""}`);
    response.statusCode = status;
    response.end("from the proxy");
  });
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    seen.push(`CONNECT ${request.url ?? ""} host=${request.headers.host ?? ""}`);
    const given = request.headers["proxy-authorization"];
    const code = wanted !== undefined && given !== wanted ? 407 : status;
    socket.write(`HTTP/1.1 ${code} x\r\n\r\n`);
    if (code !== 200) return socket.end();
    const onward = connect(target, "127.0.0.1");
    onward.on("error", () => socket.destroy());
    return socket.pipe(onward).pipe(socket);
  });
  return { port: await listen(server), seen };
}

function ask(env: Record<string, string>, url: string, more: Partial<SendRequest> = {}): Promise<SendAnswer> {
  const client = createHttpClient(proxiesOf(env));
  open.push(async () => {
    client.close();
    await Promise.resolve();
  });
  const tls = { ca: pem("ca.pem"), serverName: "localhost" };
  const request = { method: "GET", url: new URL(url), headers: {}, limit: 3_000, mostBytes: 1_000, tls, ...more };
  return client.send(request, new AbortController().signal);
}

const bodyOf = async (answer: Promise<SendAnswer>) => Buffer.from((await answer).body).toString();

async function failure(answer: Promise<unknown>): Promise<MountError> {
  const error = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof MountError) return error;
  throw new Error("no MountError");
}

describe("an https server", () => {
  test("is asked through a tunnel, and TLS is with the server", async () => {
    const proxy = await startProxy(await startTarget());
    const answer = ask({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }, "https://vault.test:8200/v1/x?y=1");
    expect(await bodyOf(answer)).toBe("target /v1/x?y=1 undefined");
    expect(proxy.seen).toEqual(["CONNECT vault.test:8200 host=vault.test:8200"]);
  });

  test("keeps its connection for the next request", async () => {
    const proxy = await startProxy(await startTarget());
    const client = createHttpClient(proxiesOf({ https_proxy: `127.0.0.1:${proxy.port}` }));
    const tls = { ca: pem("ca.pem"), serverName: "localhost" };
    const one = {
      method: "GET",
      url: new URL("https://vault.test/"),
      headers: {},
      limit: 3_000,
      mostBytes: 1_000,
      tls,
    };
    for (let time = 0; time < 3; time += 1) await client.send(one, new AbortController().signal);
    client.close();
    expect(proxy.seen.length).toBeLessThan(3);
  });

  test("must have the right certificate, proxy or not", async () => {
    const proxy = await startProxy(await startTarget());
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const other = await failure(ask(env, "https://other.test/", { tls: { ca: pem("ca.pem") } }));
    expect([other.reason, other.message]).toEqual([
      "store_untrusted",
      "other.test is not trusted: its certificate is for another name; correct the address or the server name",
    ]);
    expect((await failure(ask(env, "https://vault.test/", { tls: { ca: pem("other.pem") } }))).reason).toBe(
      "store_untrusted",
    );
  });

  test("has the proxy's credentials kept from it, and from errors", async () => {
    const wanted = `Basic ${Buffer.from(`me@x:${canary}`).toString("base64")}`;
    const proxy = await startProxy(await startTarget(), 200, wanted);
    const env = (password: string) => ({ HTTPS_PROXY: `http://me%40x:${password}@127.0.0.1:${proxy.port}` });
    expect(await bodyOf(ask(env(canary), "https://vault.test/"))).toBe("target / undefined");
    const error = await failure(ask(env(`${canary}-wrong`), "https://vault.test/"));
    expect([error.reason, error.message]).toEqual([
      "not_configured",
      `vault.test:443 is not reached through proxy 127.0.0.1:${proxy.port} (HTTPS_PROXY): it asks for credentials (status 407); correct user and password in it`,
    ]);
    expect(JSON.stringify([error, error.stack, error.context.cause])).not.toContain(canary);
  });

  test.each([
    [403, "not_configured"],
    [502, "store_unavailable"],
    [503, "store_unavailable"],
  ])("is not reached where the proxy answers %d", async (status, reason) => {
    const proxy = await startProxy(await startTarget(), status);
    const error = await failure(ask({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }, "https://vault.test/"));
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(/vault\.test:443 .* proxy 127\.0\.0\.1:\d+ \(HTTPS_PROXY\): it refused with status/);
  });

  test("is given up at the deadline where the proxy hangs", async () => {
    const port = await listen(createNetServer(() => undefined));
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    expect((await failure(ask(env, "https://vault.test/", { limit: 100 }))).message).toMatch(
      /did not answer within 0.1 s/,
    );
  });

  test.each([
    ["garbage", "\x00\x01\x02 no HTTP\r\n\r\n"],
    ["nothing", ""],
    ["bytes behind its answer", "HTTP/1.1 200 OK\r\n\r\nmore than that"],
  ])("is not reached where the proxy sends %s", async (_, text) => {
    const port = await listen(createNetServer((socket) => void socket.end(text)));
    const error = await failure(ask({ HTTPS_PROXY: `http://127.0.0.1:${port}` }, "https://vault.test/"));
    expect(error.message).toMatch(/proxy 127\.0\.0\.1/);
  });

  test("is not reached where nobody listens", async () => {
    const error = await failure(ask({ HTTPS_PROXY: "http://127.0.0.1:1" }, "https://vault.test/"));
    expect(error.message).toBe("proxy 127.0.0.1:1 (HTTPS_PROXY) refused the connection; nothing listens there");
  });

  test("may be reached through a proxy that is spoken to over TLS, whose certificate counts", async () => {
    const server = createTlsServer({ key: pem("server.key"), cert: pem("server.pem") });
    const error = await failure(
      ask({ HTTPS_PROXY: `https://localhost:${await listen(server)}` }, "https://vault.test/"),
    );
    expect(error.reason).toBe("store_untrusted");
    expect(error.message).toMatch(/^proxy localhost/);
  });
});

describe("an http server", () => {
  test("is asked of the proxy by its whole address", async () => {
    const proxy = await startProxy(0);
    const env = { http_proxy: `http://u:${canary}@127.0.0.1:${proxy.port}` };
    expect(await bodyOf(ask(env, "http://vault.test:8200/v1/x?y=1"))).toBe("from the proxy");
    expect(proxy.seen).toEqual(["GET http://vault.test:8200/v1/x?y=1 host=vault.test:8200"]);
  });

  test("is not blamed for credentials that the proxy wants", async () => {
    const proxy = await startProxy(0, 407);
    const error = await failure(ask({ HTTP_PROXY: `http://127.0.0.1:${proxy.port}` }, "http://vault.test:8200/v1/x"));
    expect([error.reason, error.message]).toEqual([
      "not_configured",
      `vault.test:8200 is not reached through proxy 127.0.0.1:${proxy.port} (HTTP_PROXY): it asks for credentials (status 407); write user and password into it`,
    ]);
  });

  test("names the proxy when that cannot be asked", async () => {
    const error = await failure(ask({ HTTP_PROXY: "http://127.0.0.1:1" }, "http://vault.test/"));
    expect(error.message).toBe(
      "proxy 127.0.0.1:1 (HTTP_PROXY), asked for vault.test, refused the connection; nothing listens there",
    );
  });
});

describe("the choice", () => {
  const proxy = "http://proxy.test:8080";
  const chosen = (env: Record<string, string>, url: string) => proxiesOf(env)(new URL(url))?.url.host;

  test.each([
    ["http://127.0.0.1:8200/"],
    ["http://localhost/"],
    ["http://[::1]/"],
    ["http://[::ffff:127.0.0.1]/"],
    ["http://169.254.169.254/metadata"],
    ["http://[fe80::1]/"],
    ["http://metadata.google.internal/"],
    ["https://kubernetes.default.svc.cluster.local/"],
  ])("never takes a proxy to %s", (url) => {
    expect(chosen({ HTTP_PROXY: proxy, HTTPS_PROXY: proxy }, url)).toBeUndefined();
  });

  test("goes by the scheme, upper case before lower, and empty ones do not count", () => {
    expect(chosen({ HTTP_PROXY: proxy }, "https://x.test/")).toBeUndefined();
    expect(chosen({ HTTPS_PROXY: proxy }, "http://x.test/")).toBeUndefined();
    expect(chosen({ HTTPS_PROXY: "", https_proxy: proxy }, "https://x.test/")).toBe("proxy.test:8080");
    expect(chosen({ HTTPS_PROXY: "http://upper.test", https_proxy: proxy }, "https://x.test/")).toBe("upper.test");
    expect(chosen({ HTTPS_PROXY: "proxy.test:8080" }, "https://x.test/")).toBe("proxy.test:8080");
    expect(chosen({ HTTPS_PROXY: "10.0.0.1:8080" }, "https://x.test/")).toBe("10.0.0.1:8080");
  });

  test.each([
    [`socks5://u:${canary}@proxy.test:1080`, /its scheme is not supported/],
    [`http://${canary} x`, /it is not an address/],
  ])("fails every call that a useless variable is for, without showing it", (value, problem) => {
    const choose = proxiesOf({ HTTPS_PROXY: value, NO_PROXY: "direct.test" });
    expect(() => choose(new URL("https://x.test/"))).toThrow(problem);
    expect(() => choose(new URL("https://x.test/"))).not.toThrow(canary);
    expect(choose(new URL("https://direct.test/"))).toBeUndefined();
    expect(choose(new URL("http://x.test/"))).toBeUndefined();
  });
});

describe("NO_PROXY", () => {
  test.each([
    ["vault.test", "vault.test", "443", true],
    ["vault.test", "a.vault.test", "443", true],
    ["vault.test", "myvault.test", "443", false],
    [".vault.test", "vault.test", "443", false],
    [".vault.test", "a.vault.test", "443", true],
    ["*.vault.test", "a.vault.test", "443", true],
    ["*.vault.test", "vault.test", "443", false],
    ["VAULT.test", "vault.TEST", "443", true],
    [" a.test , vault.test ", "vault.test", "443", true],
    ["vault.test:8200", "vault.test", "8200", true],
    ["vault.test:8200", "vault.test", "443", false],
    ["svc", "vault.vault.svc", "8200", true],
    ["*", "anything.test", "1", true],
    ["10.0.0.0/8", "10.1.2.3", "443", true],
    ["10.0.0.0/8", "11.1.2.3", "443", false],
    ["10.0.0.0/8", "10.vault.test", "443", false],
    ["10.1.2.3", "10.1.2.3", "443", true],
    ["10.1.2.3:80", "10.1.2.3", "443", false],
    ["10.1.2.3:443", "10.1.2.3", "443", true],
    ["fd00::/8", "fd00::1", "443", true],
    ["fd00::1", "fd00::1", "443", true],
    ["[fd00::1]:443", "fd00::1", "443", true],
    ["[fd00::1]:80", "fd00::1", "443", false],
    ["10.0.0.0/99", "10.1.2.3", "443", false],
    [":443", "vault.test", "443", false],
    ["", "vault.test", "443", false],
    [",,", "vault.test", "443", false],
  ])("%j, asked for %s:%s: %s", (text, host, port, expected) => {
    expect(parseNoProxy(text)(host, port)).toBe(expected);
  });

  test("takes any text, and a name in it excepts that name and what is below it", () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    fc.assert(
      fc.property(fc.string(), fc.array(label, { minLength: 1, maxLength: 4 }), label, (noise, labels, below) => {
        const host = labels.join(".");
        const isExcepted = parseNoProxy(`${noise.replaceAll(",", "")},${host}`);
        expect(isExcepted(host, "443")).toBe(true);
        expect(isExcepted(`${below}.${host}`, "443")).toBe(true);
      }),
    );
  });
});
