import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { checkEndpoints } from "../../../../src/cli/doctor/endpoints.ts";
import type { Finding } from "../../../../src/cli/doctor/finding.ts";
import { defaultConfig } from "../../../../src/config/config.ts";
import { loadConfig } from "../../../../src/config/load.ts";
import { proxiesOf } from "../../../../src/http/proxy.ts";
import { startServer } from "../../../fakes/small-server.ts";
import { startRawListener } from "../../../fakes/sockets.ts";
import { connectedStores } from "../../../fakes/connected.ts";
import { keyContext } from "../../../fakes/config-context.ts";

const vector = (name: string) => fileURLToPath(new URL(`../../../vectors/tls/${name}`, import.meta.url));
const pem = (name: string) => readFileSync(vector(name), "utf8");
const cleanup: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of cleanup.splice(0)) await close();
});

/** A store's line for each of the flow maps given. */
function stores(...entries: readonly string[]): string {
  const lines = entries.map(
    (entry, at) => `  - { name: s${at + 1}, kind: vault, role: r, namespaces: [shop], ${entry} }`,
  );
  return `stores:\n${lines.join("\n")}\n`;
}

interface Around {
  readonly flags?: Readonly<Record<string, string>>;
  readonly now?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds; short where something hangs. */
  readonly limit?: number;
}

async function check(
  text: string,
  { flags = {}, now = 0, limit = 10_000, env = {} }: Around = {},
): Promise<readonly Finding[]> {
  const { stores: kinds, dialects } = connectedStores(flags);
  const reading = loadConfig(text, { ...keyContext, file: "c.yaml", stores: kinds, settings: [] });
  expect(reading).toMatchObject({ kind: "loaded" });
  const config = reading.kind === "loaded" ? reading.config : defaultConfig;
  return checkEndpoints({
    config,
    dialects,
    proxyOf: proxiesOf(env),
    limit,
    now: () => now,
  });
}

async function tlsServer(name: "server" | "other") {
  const server = await startServer(() => ({}), { cert: pem(`${name}.pem`), key: pem(`${name}.key`) });
  cleanup.push(() => server.close());
  return server;
}

/** A TCP server that accepts and never says a word. */
async function silent(connected: (socket: Socket) => void = () => undefined): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => undefined);
    cleanup.push(() => socket.destroy());
    connected(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanup.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe("an address that", () => {
  test("has a certificate of the configured CA is well, and is sent nothing", async () => {
    const server = await tlsServer("server");
    const found = await check(stores(`address: "${server.url}/v1/x", caFile: ${vector("ca.pem")}`));
    expect(found).toEqual([
      {
        check: "endpoints",
        status: "ok",
        subject: `${server.url} (store "s1")`,
        found: "takes connections; its certificate is trusted",
      },
    ]);
    expect(server.asked).toEqual([]);
  });

  test.each([
    { is: "has a certificate of an unknown CA", name: "server", own: "", problem: /CA of its certificate|self-signed/ },
    {
      is: "has a certificate for another name",
      name: "other",
      own: `caFile: ${vector("ca.pem")}`,
      problem: /another name/,
    },
  ] as const)("$is is a problem", async ({ name, own, problem }) => {
    const server = await tlsServer(name);
    expect(await check(stores(`address: "${server.url}", ${own}`))).toEqual([
      expect.objectContaining({
        status: "problem",
        problem: expect.stringMatching(problem),
        fix: expect.stringMatching(/name the CA/),
      }),
    ]);
  });

  test("has a certificate under another name that is configured is well", async () => {
    const server = await tlsServer("other");
    const own = `caFile: ${vector("ca.pem")}, serverName: elsewhere.test`;
    expect(await check(stores(`address: "${server.url}", ${own}`))).toMatchObject([{ status: "ok" }]);
  });

  test("is not verified is warned of", async () => {
    const server = await tlsServer("other");
    const found = await check(stores(`address: "${server.url}", tlsSkipVerify: true`));
    expect(found).toMatchObject([{ status: "warning", problem: expect.stringMatching(/not verified/) }]);
  });

  test("has a certificate that ends soon is warned of", async () => {
    const server = await tlsServer("server");
    const soon = Date.now() + 100 * 365 * 86_400_000;
    const found = await check(stores(`address: "${server.url}", caFile: ${vector("ca.pem")}`), { now: soon });
    expect(found).toMatchObject([{ status: "warning", problem: expect.stringMatching(/ends on 2\d{3}-/) }]);
  });

  test("hangs in the handshake is told after the limit", async () => {
    const port = await silent();
    const found = await check(stores(`address: "https://127.0.0.1:${port}"`), { limit: 300 });
    expect(found).toMatchObject([
      { status: "problem", problem: expect.stringMatching(/did not finish the TLS handshake within 0.3 s/) },
    ]);
  });

  test.each([
    { is: "hangs up", connected: (socket: Socket) => socket.destroy() },
    { is: "ends at once", connected: (socket: Socket) => socket.end() },
    { is: "speaks another language", connected: (socket: Socket) => socket.end("220 mail.test ESMTP\r\n") },
  ])("$is in the handshake is a problem", async ({ connected }) => {
    const port = await silent((socket) => void connected(socket));
    const found = await check(stores(`address: "https://127.0.0.1:${port}"`));
    expect(found).toMatchObject([{ status: "problem", subject: `https://127.0.0.1:${port} (store "s1")` }]);
  });

  test("nobody listens on names the port to open", async () => {
    const port = await silent();
    for (const close of cleanup.splice(0)) await close();
    const found = await check(stores(`address: "http://127.0.0.1:${port}"`));
    expect(found).toMatchObject([
      { status: "problem", problem: expect.stringMatching(/refused/), fix: expect.stringContaining(String(port)) },
    ]);
  });

  test("DNS does not know is a problem", async () => {
    const found = await check(stores('address: "https://vault.invalid"'), { limit: 1_000 });
    expect(found).toMatchObject([{ status: "problem", fix: expect.stringMatching(/DNS|open the way/) }]);
  });

  test("is a unix socket is opened, too", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "kf-")), "agent.sock");
    cleanup.push(await startRawListener(path));
    const found = await check(stores(`address: "unix://${path}"`, `address: "unix://${path}x"`));
    expect(found.map(({ status }) => status)).toEqual(["ok", "problem"]);
  });
});

describe("addresses", () => {
  test("are asked once each, all at the same time, with everybody who uses them", async () => {
    const ports = [await silent(), await silent(), await silent(), await silent()];
    const [first = "", ...others] = ports.map((port) => `https://127.0.0.1:${port}`);
    const list = [`${first}/path`, ...others].map((address) => JSON.stringify(address)).join(", ");
    const started = Date.now();
    const found = await check(stores(`address: "${first}"`, `address: [${list}]`), { limit: 500 });
    expect(found.map(({ subject }) => subject)).toEqual([
      `${first} (store "s1", store "s2")`,
      ...others.map((address) => `${address} (store "s2")`),
    ]);
    expect(Date.now() - started).toBeLessThan(1_900);
  });

  test("of keys and of the daemon's settings are among them", async () => {
    const server = await tlsServer("server");
    const port = await silent((socket) => socket.destroy());
    const own = `keys: [a], file: token, caFile: ${vector("ca.pem")}, namespaces: [shop]`;
    const text = `keys: [{ name: k, kind: vault-transit, address: "${server.url}", ${own} }]`;
    const found = await check(text, { flags: { "vault-addr": `http://127.0.0.1:${port}` } });
    expect(found.map(({ status, subject }) => [status, subject])).toEqual([
      ["ok", `${server.url} (key "k")`],
      ["ok", `http://127.0.0.1:${port} (provider vault)`],
    ]);
  });

  test("whose CA cannot be read are told by the store or key", async () => {
    const transit = 'address: "https://v.test", keys: [a], file: token, caFile: /nowhere/ca.pem, namespaces: [shop]';
    const found = await check(
      `${stores('address: "https://v.test", caFile: /nowhere/ca.pem')}keys: [{ name: k, kind: vault-transit, ${transit} }]`,
    );
    expect(found.map(({ status, subject }) => [status, subject])).toEqual([
      ["problem", 'store "s1"'],
      ["problem", 'key "k"'],
    ]);
  });

  test("are not there at all", async () => {
    expect(await check("")).toMatchObject([{ status: "ok", found: "the configuration names none" }]);
  });
});

describe("behind a proxy", () => {
  const address = stores('address: "https://vault.example.test:8200"');

  test("the proxy is reached, not what is behind it", async () => {
    const port = await silent();
    const findings = await check(address, { env: { HTTPS_PROXY: `http://u:canary-pw@127.0.0.1:${port}` } });
    expect(findings).toMatchObject([
      {
        status: "ok",
        subject: 'https://vault.example.test:8200 (store "s1")',
        found: `is asked through proxy 127.0.0.1:${port} (HTTPS_PROXY), which takes connections`,
      },
    ]);
    expect(JSON.stringify(findings)).not.toContain("canary-pw");
  });

  test.each([
    ["http://127.0.0.1:1", /is asked through proxy 127\.0\.0\.1:1 \(HTTPS_PROXY\): .*nothing listens there/],
    ["socks5://127.0.0.1:1", /HTTPS_PROXY cannot be used/],
  ])("%s is a problem", async (value, problem) => {
    const findings = await check(address, { env: { HTTPS_PROXY: value } });
    expect(findings).toMatchObject([{ status: "problem", problem: expect.stringMatching(problem) }]);
  });
});
