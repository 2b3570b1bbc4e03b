import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createHttpClient } from "../../src/http/client.ts";
import { createKeyring } from "../../src/keys/keyring.ts";
import { keyKinds } from "../../src/keys/kinds.ts";
import { sessionKey } from "../../src/model/session.ts";
import { Secret } from "../../src/model/secret.ts";
import { realClock } from "../../src/wiring/runtime.ts";
import { startServer, type SmallServer } from "../fakes/small-server.ts";
import { acmeKey, type AcmeKeys } from "../fixtures/acme-key/index.ts";
import { startDaemon, testMain } from "./daemon.ts";

/** Runs the command line that has the kind plugged in. */
async function run(...words: readonly string[]): Promise<{ readonly code: unknown; readonly said: string }> {
  // As in a pod without access to the API: the doctor then says what lacks.
  const env = { ...process.env, KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: "1" };
  const child = spawn(process.execPath, [testMain, ...words], { stdio: ["ignore", "pipe", "pipe"], env });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((resolve) => child.once("exit", resolve));
  return { code, said };
}

const config = (own: string) => `keys: [{ name: k, kind: acme-key, namespaces: [shop], ${own} }]\n`;

function configFile(own: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "kf-acme-")), "keyferry.yaml");
  writeFileSync(file, config(own));
  return file;
}

describe("a kind of key that is added by its file and one line", () => {
  let server: SmallServer;
  beforeAll(async () => {
    server = await startServer(({ headers, body }) =>
      headers.authorization === "pod-token" ? { body: `opened ${body}` } : { status: 403, body: "" },
    );
  });
  afterAll(() => server.close());

  test("has its own settings in the configuration, and only those", async () => {
    const daemon = await startDaemon({ config: config(`address: "${server.url}"`) });
    await daemon.stop();
    const misspelt = await run("serve", "--config", configFile(`adress: "${server.url}"`));
    expect(misspelt).toMatchObject({ code: 2, said: expect.stringContaining("did you mean address?") });
    const unknown = await run("serve", "--config", configFile("address: acme"));
    expect(unknown).toMatchObject({ code: 2, said: expect.stringContaining("field address: it is not an address") });
  });

  test("is known to the doctor: its servers and its rights", async () => {
    const words = ["doctor", "--config", configFile('address: "http://127.0.0.1:1"'), "--output", "json"];
    const { said } = await run(...words);
    const { findings } = JSON.parse(said.slice(said.indexOf("{"), said.lastIndexOf("}") + 1)) as {
      readonly findings: readonly { readonly check: string; readonly subject: string }[];
    };
    const server = { check: "endpoints", subject: 'http://127.0.0.1:1 (key "k")' };
    const right = { check: "rbac", subject: "get configmaps in acme", status: "problem" };
    for (const one of [server, right]) expect(findings).toContainEqual(expect.objectContaining(one));
  });

  test("opens what is wrapped for it, for the namespaces that it is granted to, once for a session", async () => {
    const http = createHttpClient();
    const source: AcmeKeys = { name: "k", kind: "acme-key", file: "", namespaces: ["shop"], address: server.url };
    const network = { send: http.send, outside: realClock };
    const ring = createKeyring([source], undefined, network, [...keyKinds, acmeKey]);
    expect(ring.kinds).toContain("acme");
    const ask = async (namespace: string, token?: string) => {
      const pod = { name: "p", namespace, uid: "u", serviceAccount: "sa" };
      const tokens = new Map(
        token === undefined ? [] : [["acme", { token: Secret.fromText(token), expiresAt: undefined }]],
      );
      const use = { session: sessionKey("acme", token, pod), pod, tokens, signal: AbortSignal.timeout(5_000) };
      const wrapped = { kind: "acme", id: "i", enc: "wrapped", fields: new Map(), context: new Map() };
      const result = await ring.service("acme")?.unwrap(wrapped, use);
      return result?.kind === "opened" ? result.key.revealText() : result;
    };
    expect(await ask("shop", "pod-token")).toBe("opened wrapped");
    expect(await ask("shop", "pod-token")).toBe("opened wrapped");
    expect(server.asked).toHaveLength(1);
    expect(await ask("bank", "pod-token")).toEqual({ kind: "closed" });
    expect(await ask("shop")).toMatchObject({ error: { reason: "identity_missing" } });
    http.close();
  });
});
