import { createServer, request as ask, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startVault, vaultData, type FakeVault } from "../fakes/vault.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { connectRaw, type RawClient } from "./raw-client.ts";
import { mountRequest, tokensKey } from "./requests.ts";

const canary = "canary-proxy-password-e2e1";
const seen: string[] = [];
let vault: FakeVault;
let proxy: Server;
let daemon: Daemon;
let client: RawClient;

beforeAll(async () => {
  vault = await startVault();
  vault.routes.set("/v1/kv/a", vaultData({ k: "v" }));
  // Leads every request to the one server there is.
  proxy = createServer((request, response) => {
    seen.push(`${request.method ?? ""} ${request.url ?? ""} ${String(request.headers["proxy-authorization"])}`);
    const { pathname, search } = new URL(request.url ?? "");
    const headers = { ...request.headers };
    delete headers["proxy-authorization"];
    const onward = ask({ port: vault.port, path: pathname + search, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = `http://keyferry:${canary}@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  daemon = await startDaemon({
    flags: ["--serve", "vault", "--vault-addr", "http://vault.example.test:8200", "--log-level", "debug"],
    env: { HTTP_PROXY: address, NO_PROXY: "gone.example.test" },
  });
  client = connectRaw(daemon.socket("vault"));
});

afterAll(async () => {
  client.close();
  await daemon.stop();
  await vault.close();
  proxy.close();
});

function mount(more: Readonly<Record<string, string>> = {}) {
  const parameters = {
    stores: undefined,
    roleName: "shop",
    objects: "- { objectName: f, secretPath: kv/a, secretKey: k }",
    [tokensKey]: JSON.stringify({ vault: { token: "jwt-of-web-0" } }),
    ...more,
  };
  return client.mount(mountRequest({ address: "", more: parameters }));
}

test("a store is asked through the proxy of the daemon's environment", async () => {
  const { code, files } = await mount();
  expect([code, files.map(({ contents }) => contents.toString())]).toEqual([0, ["v"]]);
  const credentials = `Basic ${Buffer.from(`keyferry:${canary}`).toString("base64")}`;
  expect(seen).toEqual([
    `POST http://vault.example.test:8200/v1/auth/kubernetes/login ${credentials}`,
    `GET http://vault.example.test:8200/v1/kv/a ${credentials}`,
  ]);
  expect(vault.asked.map(({ headers }) => headers["proxy-authorization"])).toEqual([undefined, undefined]);
});

test("an excepted address is asked directly, and the proxy's password is nowhere", async () => {
  const { code, details } = await mount({ vaultAddress: "http://gone.example.test:8200" });
  expect(code).not.toBe(0);
  expect(details).not.toContain("proxy");
  expect(seen).toHaveLength(2);
  expect(details + daemon.output()).not.toContain(canary);
}, 60_000);
