import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createHttpClient } from "../../../../src/http/client.ts";
import { createCallVault } from "../../../../src/identity/vault/call.ts";
import { Secret } from "../../../../src/model/secret.ts";
import { startServer, type SmallServer } from "../../../fakes/small-server.ts";
import { VirtualClock } from "../../../fakes/virtual-clock.ts";

const http = createHttpClient();
const call = createCallVault(http.send, new VirtualClock());
const never = new AbortController().signal;
const names = ["VAULT_ADDR", "VAULT_TOKEN", "VAULT_NAMESPACE", "VAULT_PREFIX", "VAULT_SKIP_VERIFY"];
let server: SmallServer;

beforeAll(async () => {
  for (const name of names) process.env[name] = "from-the-environment";
  server = await startServer(({ url }) => {
    if (url === "/v1/moved") return { status: 307, headers: { location: "/v1/here?x=1" } };
    if (url === "/v1/loop") return { status: 307, headers: { location: "/v1/loop" } };
    return { status: url.startsWith("/v1/teapot") ? 418 : 200, body: '{"ok":true}' };
  });
});

afterAll(async () => {
  for (const name of names) process.env[name] = "";
  http.close();
  await server.close();
});

const target = (more = {}) => ({ address: server.url, namespace: "", tls: undefined, ...more });
const text = (body: Uint8Array) => Buffer.from(body).toString("utf8");

describe("a call", () => {
  test("sends what it was given and nothing of the daemon's environment", async () => {
    const reply = await call(target(), { method: "GET", path: "/v1/kv/a?b=c" }, never);
    expect([reply.status, text(reply.body)]).toEqual([200, '{"ok":true}']);
    const { method, url, headers, body } = server.asked.at(-1) ?? {};
    expect([method, url, body]).toEqual(["GET", "/v1/kv/a?b=c", ""]);
    expect(Object.keys(headers ?? {}).sort()).toEqual(["connection", "host", "x-vault-request"]);
  });

  test("carries token, namespace and body", async () => {
    const token = Secret.fromText("t1");
    await call(target({ namespace: "team" }), { method: "PUT", path: "/v1/x", token, body: "{}" }, never);
    expect(server.asked.at(-1)).toMatchObject({
      method: "PUT",
      body: "{}",
      headers: { "x-vault-token": "t1", "x-vault-namespace": "team" },
    });
    expect(server.asked.at(-1)?.headers).not.toHaveProperty("content-type");
  });

  test.each([418, 200])("status %d is an answer", async (status) => {
    const reply = await call(target(), { method: "GET", path: status === 200 ? "/v1/a" : "/v1/teapot" }, never);
    expect(reply.status).toBe(status);
  });

  test("goes over a unix socket", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "vault-")), "agent.sock");
    const agent = createServer((request, response) =>
      response.end(`${request.headers.host ?? ""} ${request.url ?? ""}`),
    );
    await new Promise<void>((resolve) => agent.listen(path, resolve));
    const reply = await call(target({ address: `unix://${path}` }), { method: "GET", path: "/v1/x" }, never);
    expect(text(reply.body)).toBe("localhost /v1/x");
    agent.closeAllConnections();
    agent.close();
  });

  test("follows one redirect on the same host, with the token", async () => {
    const reply = await call(target(), { method: "GET", path: "/v1/moved", token: Secret.fromText("t2") }, never);
    expect(reply.status).toBe(200);
    expect(server.asked.at(-1)).toMatchObject({ url: "/v1/here?x=1", headers: { "x-vault-token": "t2" } });
  });

  test("refuses a second redirect", async () => {
    await expect(call(target(), { method: "GET", path: "/v1/loop" }, never)).rejects.toMatchObject({
      reason: "store_protocol",
    });
  });

  test.each(["vault:8200", "ftp://vault", "https://u:p@vault"])("refuses the address %s", async (address) => {
    await expect(call(target({ address }), { method: "GET", path: "/v1/x" }, never)).rejects.toMatchObject({
      reason: "parameter_invalid",
    });
  });
});
