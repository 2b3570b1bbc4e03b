import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { startConjur, type FakeConjur } from "../fakes/conjur.ts";
import { startKube, type FakeKube } from "../fakes/kube.ts";
import { podToken } from "../fakes/pod-token.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { connectRaw, type RawClient, type RawEnd } from "./raw-client.ts";
import { finalCodes, mountRequest, tokensKey } from "./requests.ts";

const value = "canary-conjur-value-5e11";

let conjur: FakeConjur;
let kube: FakeKube;
let daemon: Daemon;
let client: RawClient;
let native: RawClient;

beforeAll(async () => {
  [conjur, kube] = await Promise.all([startConjur(), startKube()]);
  conjur.variables.set("shop/db/password", [Buffer.from(value)]);
  conjur.variables.set("shop/db/url", [Buffer.from("https://db.com")]);
  const kubeconfig = join(mkdtempSync(join(tmpdir(), "kf-kube-")), "config");
  const [context, cluster, user] = [
    { cluster: "c", user: "u", namespace: "csi" },
    { server: kube.url },
    { token: "t" },
  ];
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context }],
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user }],
    }),
  );
  const flags = [
    "--serve",
    "keyferry,conjur",
    "--kubeconfig",
    kubeconfig,
    "--mount-timeout",
    "3s",
    "--log-level",
    "debug",
  ];
  daemon = await startDaemon({ flags });
  [client, native] = [connectRaw(daemon.socket("conjur")), connectRaw(daemon.socket("keyferry"))];
});

afterAll(async () => {
  client.close();
  native.close();
  await daemon.stop();
  await Promise.all([conjur.close(), kube.close()]);
});

beforeEach(() => {
  conjur.faults.clear();
  conjur.asked.length = 0;
});

interface Asked {
  readonly secrets?: string;
  readonly pod?: string;
  readonly serviceAccount?: string;
}

function mount({ secrets, pod = "web-0", serviceAccount = "web" }: Asked): Promise<RawEnd> {
  const more = {
    stores: undefined,
    objects: undefined,
    account: "myacct",
    applianceUrl: conjur.url,
    authnId: "authn-jwt/kube",
    ...(secrets === undefined ? {} : { "conjur.org/configurationVersion": "0.1.0", secrets }),
    [tokensKey]: JSON.stringify({ conjur: { token: podToken(pod, "shop", serviceAccount) } }),
  };
  return client.mount(mountRequest({ address: "", pod, serviceAccount, more }));
}

const shown = ({ files }: RawEnd) => files.map(({ path, mode, contents }) => [path, mode, contents.toString()]);

describe("manifests of CyberArk's provider on conjur.sock", () => {
  test("version 0.1.0: files and modes of the manifest's list", async () => {
    const end = await mount({ secrets: "- db/password.txt: shop/db/password\n- url: shop/db/url" });
    expect(end.details).toBe("");
    expect(shown(end)).toEqual([
      ["db/password.txt", 420, value],
      ["url", 420, "https://db.com"],
    ]);
    expect(end.versions.map(({ id }) => id)).toEqual(["shop/db/password", "shop/db/url"]);
  });

  test("version 0.2.0: the list of the pod's annotation", async () => {
    kube.podAnnotations.set("shop/web-0", { "conjur.org/secrets": "- ann/url: shop/db/url" });
    expect(shown(await mount({}))).toEqual([["ann/url", 420, "https://db.com"]]);
    const { code, details } = await mount({ pod: "web-1" });
    expect([code, details]).toEqual([5, expect.stringMatching(/CKCP039/u)]);
  });

  test("asks once for 40 pods of one service account", async () => {
    const pods = Array.from({ length: 40 }, (_, at) => `p${at}`);
    const ends = await Promise.all(
      pods.map((pod) => mount({ secrets: "- f: shop/db/url", serviceAccount: "forty", pod })),
    );
    expect(ends.map(({ code }) => code)).toEqual(Array(40).fill(0));
    expect([conjur.count("/authn-jwt"), conjur.count("/secrets")]).toEqual([1, 1]);
  });
});

test("the native store finds variables on keyferry.sock", async () => {
  const stores = `- { name: c, kind: conjur, address: "${conjur.url}", account: myacct, authnId: authn-jwt/kube }`;
  const objects = '- { find: { path: shop/db }, rewrite: [{ match: "^shop/", replace: "" }] }';
  const more = { stores, objects, [tokensKey]: JSON.stringify({ conjur: { token: podToken("web-0") } }) };
  const end = await native.mount(mountRequest({ address: "", more }));
  expect(shown(end)).toEqual([
    ["db/password", 420, value],
    ["db/url", 420, "https://db.com"],
  ]);
});

describe("when Conjur fails", () => {
  test.each<[string, () => void]>([
    ["hangs", () => conjur.faults.hang()],
    ["throttles", () => conjur.faults.status(429, 1)],
    ["is down", () => conjur.faults.status(503)],
    ["sends garbage", () => conjur.faults.garbage()],
    ["sends too much", () => conjur.faults.huge()],
    ["cuts its answer", () => conjur.faults.cut()],
  ])(
    "and %s, the Mount fails with a final code and no file",
    async (is, fault) => {
      fault();
      const end = await mount({ secrets: "- f: shop/db/url", serviceAccount: is.replaceAll(" ", "-") });
      expect(finalCodes).toContain(end.code);
      expect(end.files).toEqual([]);
    },
    60_000,
  );
});

test("nothing secret is in log, metrics, errors or versions", async () => {
  const ends = [
    await mount({ secrets: "- f: shop/db/password" }),
    await mount({ secrets: "- f: shop/db/password\n- g: nothing" }),
    await mount({ secrets: "- f: forbid/x" }),
    await mount({ secrets: "- f: {}" }),
  ];
  expect(ends.map(({ code }) => code)).toEqual([0, 5, 7, 3]);
  const metrics = await (await fetch(`${daemon.health}/metrics`)).text();
  const seen = [...ends.map(({ details, versions }) => details + JSON.stringify(versions)), metrics, daemon.output()];
  const canaries = [
    value,
    "access-token-canary",
    podToken("web-0"),
    Buffer.from("access-token-canary").toString("base64"),
  ];
  expect(canaries.filter((canary) => seen.join("\n").includes(canary))).toEqual([]);
});
