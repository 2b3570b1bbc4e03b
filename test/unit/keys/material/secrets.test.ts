import { describe, expect, test } from "@jest/globals";
import { createKeyring } from "../../../../src/keys/keyring.ts";
import { createHttpClient } from "../../../../src/http/client.ts";
import { createKubeApi } from "../../../../src/kube/api.ts";
import { listSecrets } from "../../../../src/kube/list-secrets.ts";
import { startServer } from "../../../fakes/small-server.ts";
import { VirtualClock } from "../../../fakes/virtual-clock.ts";
import { readVector } from "../../../vectors/vectors.ts";

const { fingerprints } = JSON.parse(readVector("sealed-secrets/vectors.json")) as {
  readonly fingerprints: Readonly<Record<string, string>>;
};
const { items } = JSON.parse(readVector("sealed-secrets/key-secrets.list.json")) as {
  readonly items: readonly unknown[];
};

/** The controller's Secrets behind an API that gives one a page, and a ring that reads them. */
async function start() {
  let present = items;
  const server = await startServer(({ url }) => {
    const query = new URL(url, "http://fake").searchParams;
    const at = Number(query.get("continue") ?? "0");
    const metadata = at + 1 < present.length ? { continue: String(at + 1) } : {};
    return { body: JSON.stringify({ metadata, items: present.slice(at, at + 1) }) };
  });
  const clock = new VirtualClock();
  const http = createHttpClient();
  const access = { server: server.url, tls: {}, namespace: "keyferry", token: () => Promise.resolve(undefined) };
  const api = createKubeApi(() => Promise.resolve(access), http.send);
  const source = {
    name: "controller",
    kind: "sealed-secrets",
    file: "",
    controllerNamespace: "kube-system",
    namespaces: ["team-a"],
  };
  const ring = createKeyring([source], undefined, {
    send: http.send,
    outside: clock,
    listSecrets: (namespace, label, signal) => listSecrets(api, namespace, label, signal),
  });
  const read = async (namespace = "team-a") => {
    const { keys, unavailable } = await ring.given("sealed-secrets").of(namespace);
    return { found: keys.map(({ key }) => key.fingerprint), problem: unavailable?.message };
  };
  const close = async () => {
    http.close();
    await server.close();
  };
  return { server, clock, read, close, drop: () => (present = items.slice(1)) };
}

describe("keys out of the controller's own Secrets", () => {
  test("are the active ones, over several pages, asked for once a minute", async () => {
    const { server, clock, read, close } = await start();
    const { found } = await read();
    expect(new Set(found)).toEqual(new Set([fingerprints["key1"], fingerprints["key2"]]));
    expect(server.asked[0]?.url).toBe(
      "/api/v1/namespaces/kube-system/secrets?labelSelector=sealedsecrets.bitnami.com%2Fsealed-secrets-key&limit=50",
    );
    const pages = items.length;
    await Promise.all([read(), read()]);
    expect(server.asked).toHaveLength(pages);
    await clock.advance(60_000);
    await Promise.all([read(), read()]);
    expect(server.asked).toHaveLength(2 * pages);
    await close();
  });

  test("are for granted namespaces only", async () => {
    const { server, read, close } = await start();
    expect((await read("team-b")).found).toEqual([]);
    expect(server.asked).toEqual([]);
    await close();
  });

  test("follow the controller's rotation", async () => {
    const { clock, read, close, drop } = await start();
    const before = await read();
    drop();
    await clock.advance(60_000);
    expect((await read()).found).not.toEqual(before.found);
    await close();
  });

  test("outlive a short outage of the API, and not a long one, and not a refusal", async () => {
    const { server, clock, read, close } = await start();
    const before = await read();
    server.faults.status(503);
    await clock.advance(5 * 60_000);
    expect(await read()).toEqual(before);
    await clock.advance(11 * 60_000);
    expect((await read()).problem).toMatch(/failed with status 503/);
    server.faults.clear();
    expect(await read()).toEqual(before);
    server.faults.status(403);
    await clock.advance(60_000);
    expect((await read()).problem).toMatch(/its role needs "list" on secrets there/);
    await close();
  });

  test("need a cluster", async () => {
    const source = { name: "c", kind: "sealed-secrets", file: "", controllerNamespace: "x", namespaces: ["*"] };
    const { unavailable } = await createKeyring([source]).given("sealed-secrets").of("team-a");
    expect(unavailable?.message).toMatch(/needs the Kubernetes API/);
  });
});
