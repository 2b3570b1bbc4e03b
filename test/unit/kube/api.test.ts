import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createHttpClient } from "../../../src/http/client.ts";
import { createKubeApi, type KubeApi } from "../../../src/kube/api.ts";
import { createHmacKey } from "../../../src/kube/hmac-key.ts";
import { requestToken } from "../../../src/kube/token-request.ts";
import type { MountError } from "../../../src/model/error.ts";
import { Secret } from "../../../src/model/secret.ts";
import { startKube, type FakeKube } from "../../fakes/kube.ts";
import { VirtualClock } from "../../fakes/virtual-clock.ts";

const http = createHttpClient();
const never = new AbortController().signal;
const pod = { name: "web-0", namespace: "shop", uid: "uid-1", serviceAccount: "web" };
let kube: FakeKube;
let api: KubeApi;

beforeEach(async () => {
  kube = await startKube();
  const token = () => Promise.resolve(Secret.fromText("daemon-token"));
  api = createKubeApi(() => Promise.resolve({ server: kube.url, tls: {}, namespace: "csi", token }), http.send);
});

afterEach(async () => {
  http.close();
  await kube.close();
});

describe("a token of the pod's service account", () => {
  test("is asked for by name and uid of the pod, for the audiences given", async () => {
    const token = await requestToken(api, pod, ["vault"], never);
    expect(token.revealText()).toBe("tr-jwt-vault");
    expect(kube.asked).toMatchObject([
      {
        method: "POST",
        url: "/api/v1/namespaces/shop/serviceaccounts/web/token",
        headers: { authorization: "Bearer daemon-token" },
      },
    ]);
    expect(JSON.parse(kube.asked[0]?.body ?? "")).toMatchObject({
      spec: {
        audiences: ["vault"],
        expirationSeconds: 900,
        boundObjectRef: { kind: "Pod", name: "web-0", uid: "uid-1" },
      },
    });
  });

  test.each([
    [403, "not_configured", /its role needs "create" on serviceaccounts\/token/],
    [401, "not_configured", /does not know the daemon's service account/],
    [404, "not_configured", /shop\/web/],
    [429, "store_throttled", /throttles/],
    [500, "store_unavailable", /failed with status 500/],
    [422, "not_configured", /refused .* with status 422/],
  ])("status %d is told", async (status, reason, text) => {
    kube.faults.status(status);
    await expect(requestToken(api, pod, [], never)).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(text),
    });
  });

  test("an answer without a token is told", async () => {
    kube.faults.garbage();
    await expect(requestToken(api, pod, [], never)).rejects.toMatchObject({ reason: "store_protocol" });
  });

  test("names cannot leave their place in the path", async () => {
    await requestToken(api, { ...pod, serviceAccount: "../../x?y" }, [], never).catch(() => undefined);
    expect(kube.asked[0]?.url).toBe("/api/v1/namespaces/shop/serviceaccounts/..%2F..%2Fx%3Fy/token");
  });
});

describe("the key of object versions", () => {
  const path = "/api/v1/namespaces/csi/secrets/hmac";
  const start = () => {
    const clock = new VirtualClock();
    const problems: MountError[] = [];
    const failed = (error: MountError) => void problems.push(error);
    return { clock, problems, key: createHmacKey({ api, outside: clock, secretName: "hmac", failed }) };
  };
  const base64 = (text: string) => Buffer.from(text).toString("base64");

  test("is that of the Secret, read once however often it is asked for", async () => {
    kube.secrets.set("csi/hmac", { key: base64("a".repeat(32)) });
    const { key } = start();
    const keys = await Promise.all([key(), key(), key()]);
    expect(keys.map((one) => one?.revealText())).toEqual(Array(3).fill("a".repeat(32)));
    await key();
    expect(kube.asked).toHaveLength(1);
  });

  test("is made where there is none, immutable and 32 bytes long", async () => {
    const { key } = start();
    const made = await key();
    expect(made?.size).toBe(32);
    expect(kube.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET ${path}`,
      "POST /api/v1/namespaces/csi/secrets",
    ]);
    expect(JSON.parse(kube.asked[1]?.body ?? "")).toMatchObject({ immutable: true, metadata: { name: "hmac" } });
    expect(kube.secrets.get("csi/hmac")).toEqual({ key: Buffer.from(made?.reveal() ?? []).toString("base64") });
  });

  test("is the other's when another made it at the same time", async () => {
    kube.hooks.beforeCreate = () => kube.secrets.set("csi/hmac", { key: base64("other") });
    const { key } = start();
    expect((await key())?.revealText()).toBe("other");
  });

  test("is read again after five minutes while the old one serves", async () => {
    kube.secrets.set("csi/hmac", { key: base64("old") });
    const { clock, key } = start();
    await key();
    kube.secrets.set("csi/hmac", { key: base64("new") });
    await clock.advance(5 * 60_000);
    expect((await key())?.revealText()).toBe("old");
    for (let tries = 0; tries < 200 && kube.asked.length < 2; tries += 1) await new Promise((r) => setTimeout(r, 5));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await key())?.revealText()).toBe("new");
  });

  test("is none when it may not be read, which is told once in a while, and tried again later", async () => {
    kube.forbidden.add(`GET ${path}`);
    const { clock, key, problems } = start();
    expect([await key(), await key()]).toEqual([undefined, undefined]);
    expect(problems.map(({ message }) => message)).toEqual([
      'the daemon may not read Secret csi/hmac; its role needs "get" on that Secret',
    ]);
    kube.forbidden.clear();
    await clock.advance(30_000);
    expect((await key())?.size).toBe(32);
  });

  test.each([{}, { key: "" }, { other: base64("x") }])("a Secret with data %j gives none", async (data) => {
    kube.secrets.set("csi/hmac", data);
    const { key, problems } = start();
    expect(await key()).toBeUndefined();
    expect(problems).toMatchObject([{ reason: "not_configured" }]);
  });
});

test("an access that could not be read is read again", async () => {
  const results = [Promise.reject(new Error("not yet")), Promise.resolve("ready")];
  const load = async () => {
    await results.shift();
    return { server: kube.url, tls: {}, namespace: "csi", token: () => Promise.resolve(undefined) };
  };
  const late = createKubeApi(load, http.send);
  await expect(late.namespace()).rejects.toThrow("not yet");
  expect(await late.namespace()).toBe("csi");
});
