import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { startKube } from "../../../fakes/kube.ts";
import { attributesOf, createMounting, textsOf, type Mounting } from "../../../fakes/mounting.ts";
import { podToken } from "../../../fakes/pod-token.ts";
import { startVault, vaultData, vaultJson, type FakeVault } from "../../../fakes/vault.ts";

let vault: FakeVault;
let mounting: Mounting;

const login = "POST /v1/auth/kubernetes/login";
const kv = { roleName: "shop", objects: "- { objectName: f, secretPath: kv/x, secretKey: k }" };
const logins = () => vault.calls().filter((call) => call === login).length;
const reads = () => vault.calls().filter((call) => call === "GET /v1/kv/x").length;

beforeEach(async () => {
  vault = await startVault();
  vault.routes.set("/v1/kv/x", vaultData({ k: "v" }));
  mounting = createMounting(undefined, { "vault-addr": vault.url });
});

afterEach(() => vault.close());

describe("a role that is bound to one pod", () => {
  beforeEach(() => {
    vault.login.accept = ({ pod }) => (pod === "web-0" ? {} : undefined);
  });

  test.each(["alone", "after the pod it is bound to"])("refuses its neighbour %s", async (when) => {
    if (when !== "alone") await mounting.mount(attributesOf(kv, "web-0"));
    await expect(mounting.mount(attributesOf(kv, "web-1"))).rejects.toMatchObject({
      reason: "identity_rejected",
      text: expect.stringMatching(/403 permission denied when logging in at auth\/kubernetes as role "shop"/),
    });
  });

  test("refuses its neighbour at the same moment, and lets the pod itself in", async () => {
    const both = ["web-0", "web-1"].map((pod) => mounting.mount(attributesOf(kv, pod)).then(textsOf, () => "refused"));
    expect(await Promise.all(both)).toEqual([{ f: "v" }, "refused"]);
  });
});

describe("answers are shared between pods", () => {
  const views: readonly (readonly [string, boolean, (pod: string) => Readonly<Record<string, unknown>>])[] = [
    ["of one entity", true, () => ({ entity_id: "e1", metadata: { role: "shop" } })],
    ["whose policies come in another order", true, (pod) => ({ policies: pod === "web-0" ? ["a", "b"] : ["b", "a"] })],
    ["of other entities", false, (pod) => ({ entity_id: pod })],
    ["of other policies", false, (pod) => ({ policies: ["default", pod] })],
    ["of other identity policies", false, (pod) => ({ identity_policies: [pod] })],
    ["of other metadata", false, (pod) => ({ metadata: { pod } })],
  ];

  test.each(views)("%s: %s", async (_, shared, accept) => {
    vault.login.accept = ({ pod }) => accept(pod);
    await mounting.mount(attributesOf(kv, "web-0"));
    await mounting.mount(attributesOf(kv, "web-1"));
    expect([logins(), reads()]).toEqual([2, shared ? 1 : 2]);
  });

  test("but for what is about the token that asks", async () => {
    const own = { roleName: "shop", objects: "- { objectName: f, secretPath: auth/token/lookup-self, secretKey: id }" };
    vault.routes.set("/v1/auth/token/lookup-self", ({ headers }) => vaultData({ id: headers["x-vault-token"] }));
    const [one, other] = await Promise.all(["web-0", "web-1"].map((pod) => mounting.mount(attributesOf(own, pod))));
    expect(one && textsOf(one)).not.toEqual(other && textsOf(other));
  });
});

describe("a login is repeated", () => {
  const until = (minutes: number) => new Date(mounting.clock.now() + minutes * 60_000).toISOString();
  const withToken = (expirationTimestamp: string) => ({
    ...attributesOf(kv),
    "csi.storage.k8s.io/serviceAccount.tokens": JSON.stringify({
      vault: { token: podToken("web-0"), expirationTimestamp },
    }),
  });

  beforeEach(() => {
    vault.login.leaseDuration = 86_400;
  });

  test("when the token that it was made with has ended", async () => {
    await mounting.mount(withToken(until(10)));
    await mounting.clock.advance(9 * 60_000);
    await mounting.mount(withToken(until(10)));
    expect(logins()).toBe(2);
    await mounting.clock.advance(5 * 60_000);
    await mounting.mount(withToken(until(5)));
    expect(logins()).toBe(2);
  });

  test("and the token that leases end with stays in use where the server shows the same", async () => {
    vault.routes.set("/v1/auth/token/revoke-self", { status: 204 });
    await mounting.mount(withToken(until(10)));
    await mounting.clock.advance(11 * 60_000);
    await mounting.mount(withToken(until(60)));
    expect(vault.asked.filter(({ url }) => url === "/v1/kv/x").map(({ headers }) => headers["x-vault-token"])).toEqual([
      "tok",
      "tok",
    ]);
    expect(vault.asked.find(({ url }) => url.endsWith("revoke-self"))?.headers["x-vault-token"]).toBe("tok-2");
  });

  test("and the pod has nothing any more when it is refused, not even what is cached", async () => {
    await mounting.mount(withToken(until(10)));
    await mounting.clock.advance(11 * 60_000);
    vault.login.accept = () => undefined;
    await expect(mounting.mount(withToken(until(60)))).rejects.toMatchObject({ reason: "identity_rejected" });
  });

  test("ahead of that where there is a newer token; while nobody answers, what was shown still counts", async () => {
    await mounting.mount(withToken(until(12)));
    await mounting.clock.advance(3 * 60_000);
    vault.login.answer = vaultJson({ errors: ["permission denied"] }, 503);
    const mounted = mounting.mount(withToken(until(60)));
    for (let turn = 0; turn < 40; turn += 1) await mounting.clock.advance(500);
    expect(textsOf(await mounted)).toEqual({ f: "v" });
    expect(logins()).toBeGreaterThan(1);
  });

  test("with a token that the Kubernetes API makes, as long as that lives", async () => {
    const kube = await startKube();
    const other = createMounting(kube, { "vault-addr": vault.url });
    const without = { ...attributesOf(kv), "csi.storage.k8s.io/serviceAccount.tokens": "{}" };
    await other.mount(without);
    await other.clock.advance(14 * 60_000);
    await other.mount(without);
    expect(logins()).toBe(1);
    await other.clock.advance(2 * 60_000);
    await other.mount(without);
    expect(logins()).toBe(2);
    await kube.close();
  });
});
