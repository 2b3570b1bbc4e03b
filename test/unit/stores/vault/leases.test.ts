import { startKube, type FakeKube } from "../../../fakes/kube.ts";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { startVault, vaultData, vaultJson, type FakeVault } from "../../../fakes/vault.ts";
import { attributesOf, createMounting, targetPathOf, textsOf, type Mounting } from "../../../fakes/mounting.ts";

let vault: FakeVault;
let mounting: Mounting;
let made = 0;

const credentials = "/v1/database/creds/shop";
const renew = "/v1/sys/leases/renew";
const revoke = "/v1/sys/leases/revoke";
const manifest = {
  roleName: "shop",
  objects: [
    "- { objectName: user, secretPath: database/creds/shop, secretKey: username }",
    "- { objectName: pw, secretPath: database/creds/shop, secretKey: password }",
  ].join("\n"),
};
const mount = async (pod: string, volume = "secrets") =>
  textsOf(await mounting.mount(attributesOf(manifest, pod), { targetPath: targetPathOf(`uid-${pod}`, volume) }));
const mints = () => vault.calls().filter((call) => call === `GET ${credentials}`).length;
const asked = (path: string) =>
  vault.asked.filter(({ url }) => url === path).map(({ body }) => JSON.parse(body) as object);

/** Lets the daemon's sweep run as often as it would in that time. */
async function minutes(count: number, pods: readonly string[] = []): Promise<void> {
  for (let half = 0; half < count * 2; half += 1) {
    await mounting.clock.advance(30_000);
    for (const pod of half % 4 === 3 ? pods : []) await mount(pod);
    mounting.tend();
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

beforeEach(async () => {
  vault = await startVault();
  made = 0;
  vault.login.leaseDuration = 86_400;
  vault.routes.set(credentials, () => {
    made += 1;
    const data = { username: `u${made}`, password: `p${made}` };
    return vaultData(data, { lease_id: `database/creds/shop/L${made}`, renewable: true, lease_duration: 3600 });
  });
  vault.routes.set(renew, ({ body }) => {
    const { lease_id: id, increment } = JSON.parse(body) as { lease_id: string; increment: number };
    return vaultJson({ lease_id: id, renewable: true, lease_duration: increment });
  });
  vault.routes.set(revoke, { status: 204 });
  mounting = createMounting(undefined, { "vault-addr": vault.url });
});

afterEach(() => vault.close());

describe("dynamic credentials", () => {
  test("a name and its password belong together", async () => {
    expect(await mount("web-0")).toEqual({ user: "u1", pw: "p1" });
  });

  test("are never another pod's, also of pods that start at once", async () => {
    const names = ["a", "b", "c", "d"];
    const volumes = await Promise.all(names.map((name) => mount(name)));
    expect(new Set(volumes.map(({ user }) => user)).size).toBe(4);
    expect(volumes.map(({ user, pw }) => user?.slice(1) === pw?.slice(1))).toEqual([true, true, true, true]);
    expect(await Promise.all(names.map((name) => mount(name)))).toEqual(volumes);
    expect(mints()).toBe(4);
  });

  test("are one for all volumes of a pod", async () => {
    const [one, other] = await Promise.all([mount("web-0", "t1"), mount("web-0", "t2")]);
    expect(one).toEqual(other);
    expect(mints()).toBe(1);
  });

  test("stay over rotations, and are renewed", async () => {
    await mount("web-0");
    await minutes(120, ["web-0"]);
    expect(await mount("web-0")).toEqual({ user: "u1", pw: "p1" });
    expect(mints()).toBe(1);
    const renewals = asked(renew);
    expect(renewals.length).toBeGreaterThanOrEqual(2);
    expect(renewals.length).toBeLessThanOrEqual(4);
    expect(renewals[0]).toEqual({ lease_id: "database/creds/shop/L1", increment: 3600 });
  });

  test("are made anew in time when the server prolongs them no further", async () => {
    vault.routes.set(renew, vaultJson({ errors: ["lease is not renewable"] }, 400));
    await mount("web-0");
    await minutes(38, ["web-0"]);
    expect(mints()).toBe(1);
    await minutes(8, ["web-0"]);
    expect(await mount("web-0")).toEqual({ user: "u2", pw: "p2" });
  });

  test("are served during an outage as long as they live", async () => {
    await mount("web-0");
    vault.faults.status(503);
    await mounting.clock.advance(30 * 60_000);
    expect(await mount("web-0")).toEqual({ user: "u1", pw: "p1" });
  });

  describe("when the pod is not mounted any more", () => {
    let kube: FakeKube;

    beforeEach(async () => {
      kube = await startKube();
      kube.pods.set("shop/web-0", "uid-web-0");
      mounting = createMounting(kube, { "vault-addr": vault.url });
    });

    afterEach(() => kube.close());

    test("they are revoked once the cluster says that it is gone", async () => {
      await mount("web-0");
      await minutes(6, ["web-0"]);
      await minutes(14);
      expect(asked(revoke)).toEqual([]);
      kube.pods.clear();
      await minutes(12);
      expect(asked(revoke)).toEqual([{ lease_id: "database/creds/shop/L1" }]);
      await minutes(60);
      expect([asked(revoke).length, asked(renew).length]).toEqual([1, 0]);
    });

    test("they are revoked when another pod of that name has taken its place", async () => {
      await mount("web-0");
      kube.pods.set("shop/web-0", "uid-of-another");
      await minutes(12);
      expect(asked(revoke)).toHaveLength(1);
    });

    test("they are renewed and not revoked while it is there: it may run on without rotation", async () => {
      await Promise.all([mount("web-0", "t1"), mount("web-0", "t2")]);
      await mount("web-0", "t1");
      await minutes(120);
      expect(asked(revoke)).toEqual([]);
      expect(asked(renew).length).toBeGreaterThanOrEqual(2);
    });

    test("those of the sync controller, which names a pod of its own elsewhere, are not revoked", async () => {
      const targetPath = "/mnt/secrets-store";
      expect(textsOf(await mounting.mount(attributesOf(manifest, "controller-0"), { targetPath }))).toHaveProperty(
        "user",
      );
      await minutes(40);
      expect(asked(revoke)).toEqual([]);
    });

    test("they are not revoked while the cluster cannot be asked", async () => {
      await mount("web-0");
      kube.faults.status(403);
      await minutes(40);
      expect(asked(revoke)).toEqual([]);
    });
  });

  test("without a cluster to ask they are renewed and not revoked", async () => {
    await mount("web-0");
    await minutes(120, []);
    expect(asked(revoke)).toEqual([]);
    expect(asked(renew).length).toBeGreaterThanOrEqual(2);
  });

  test("are not made anew, nor left to lapse, because the policy denies a neighbour something", async () => {
    const denied = { roleName: "shop", objects: "- { objectName: d, secretPath: kv/denied, secretKey: k }" };
    vault.routes.set("/v1/kv/denied", vaultJson({ errors: ["permission denied"] }, 403));
    await mount("web-0");
    for (let turn = 0; turn < 40; turn += 1) {
      await minutes(2, turn % 2 === 0 ? ["web-0"] : []);
      await mounting.mount(attributesOf(denied, "web-1")).catch(() => undefined);
    }
    expect([mints(), await mount("web-0")]).toEqual([1, { user: "u1", pw: "p1" }]);
    expect(asked(renew).length).toBeGreaterThanOrEqual(1);
    expect(vault.tokens.size).toBeGreaterThan(0);
  });

  test("that are worn are still served while the engine fails", async () => {
    vault.routes.set(renew, vaultJson({ errors: ["lease is not renewable"] }, 400));
    await mount("web-0");
    await mounting.clock.advance(45 * 60_000);
    vault.routes.set(credentials, vaultJson({ errors: ["boom"] }, 500));
    const mounted = mount("web-0");
    for (let turn = 0; turn < 60; turn += 1) {
      await settle();
      await mounting.clock.advance(1_000);
    }
    expect(await mounted).toEqual({ user: "u1", pw: "p1" });
  });

  test("that are very large are the pod's own all the same", async () => {
    vault.routes.set(credentials, () => {
      made += 1;
      const data = { username: `u${made}`, password: "x".repeat(600_000) };
      return vaultData(data, { lease_id: `L${made}`, renewable: true, lease_duration: 3600 });
    });
    expect((await mount("web-0"))["user"]).not.toBe((await mount("web-1"))["user"]);
  });

  test("are made anew when the token that they end with was replaced", async () => {
    await mount("web-0");
    vault.tokens.clear();
    const kv = { roleName: "shop", objects: "- { objectName: f, secretPath: kv/x, secretKey: k }" };
    vault.routes.set("/v1/kv/x", vaultData({ k: "v" }));
    await mounting.mount(attributesOf(kv, "web-0"));
    expect(await mount("web-0")).toEqual({ user: "u2", pw: "p2" });
  });
});

describe("a revoked token", () => {
  const paths = Array.from({ length: 20 }, (_, index) => `database/creds/r${index}`);
  const many = {
    roleName: "shop",
    objects: paths
      .map((path, index) => `- { objectName: f${index}, secretPath: ${path}, secretKey: username }`)
      .join("\n"),
  };
  const kv = { roleName: "shop", objects: "- { objectName: f, secretPath: kv/x, secretKey: k }" };
  const logins = () => vault.calls().filter((call) => call.endsWith("/login")).length;

  beforeEach(() => {
    vault.routes.set("/v1/kv/x", vaultData({ k: "v" }));
    for (const path of paths) {
      vault.routes.set(`/v1/${path}`, () => {
        made += 1;
        const more = { lease_id: `${path}/L${made}`, renewable: true, lease_duration: 3600 };
        return vaultData({ username: `u${made}` }, more);
      });
    }
  });

  test("costs one login, and one lease for each path", async () => {
    await mounting.mount(attributesOf(kv));
    vault.tokens.clear();
    const first = textsOf(await mounting.mount(attributesOf(many)));
    expect(textsOf(await mounting.mount(attributesOf(many)))).toEqual(first);
    expect([logins(), made]).toEqual([2, 20]);
  });

  test("ends every lease that was made with it: all are made anew, with one login", async () => {
    await mounting.mount(attributesOf(many));
    vault.tokens.clear();
    vault.routes.set("/v1/kv/y", vaultData({ k: "v" }));
    await mounting.mount(attributesOf({ ...kv, objects: kv.objects.replace("kv/x", "kv/y") }));
    await mounting.mount(attributesOf(many));
    await mounting.mount(attributesOf(many));
    expect([logins(), made]).toEqual([2, 40]);
  });

  test("that is only older than a grant gives its place up, and its leases live on", async () => {
    await mounting.mount(attributesOf(many));
    const old = new Set(vault.tokens);
    vault.routes.set("/v1/auth/token/lookup-self", vaultData({ ttl: 3600 }));
    vault.routes.set("/v1/kv/x", ({ headers }) =>
      old.has(String(headers["x-vault-token"]))
        ? vaultJson({ errors: ["permission denied"] }, 403)
        : vaultData({ k: "v" }),
    );
    expect(textsOf(await mounting.mount(attributesOf(kv)))).toEqual({ f: "v" });
    await mounting.mount(attributesOf(many));
    expect([logins(), made]).toEqual([2, 20]);
  });

  test("of which a new one is of no more use is not given up, and the new one is revoked", async () => {
    await mounting.mount(attributesOf(many));
    vault.routes.set("/v1/kv/x", vaultJson({ errors: ["permission denied"] }, 403));
    await expect(mounting.mount(attributesOf(kv))).rejects.toMatchObject({ reason: "access_denied" });
    await mounting.mount(attributesOf(many));
    expect([logins(), made]).toEqual([2, 20]);
    expect(vault.asked.filter(({ url }) => url === "/v1/auth/token/revoke-self")).toHaveLength(1);
  });
});

describe("certificates", () => {
  const pki = {
    roleName: "shop",
    objects: ["certificate", "private_key"]
      .map(
        (key) =>
          `- { objectName: ${key}, secretPath: pki/issue/web, secretKey: ${key}, method: PUT, secretArgs: { common_name: a.test } }`,
      )
      .join("\n"),
  };
  const issue = async (pod: string) => textsOf(await mounting.mount(attributesOf(pki, pod)));

  beforeEach(() => {
    vault.routes.set("PUT /v1/pki/issue/web", () => {
      made += 1;
      const expiration = Math.floor(mounting.clock.now() / 1000) + 3600;
      return vaultData({ certificate: `C${made}`, private_key: `K${made}`, expiration });
    });
  });

  test("and key belong together, stay for two thirds of their life, and are then issued anew", async () => {
    expect(await issue("web-0")).toEqual({ certificate: "C1", private_key: "K1" });
    await mounting.clock.advance(39 * 60_000);
    expect(await issue("web-0")).toEqual({ certificate: "C1", private_key: "K1" });
    await mounting.clock.advance(2 * 60_000);
    expect(await issue("web-0")).toEqual({ certificate: "C2", private_key: "K2" });
  });

  test("are a pod's own", async () => {
    const [one, other] = await Promise.all([issue("web-0"), issue("web-1")]);
    expect(one).not.toEqual(other);
  });

  test("are not asked for again when the server failed while it made one", async () => {
    vault.routes.set("PUT /v1/pki/issue/web", vaultJson({ errors: ["boom"] }, 500));
    await expect(issue("web-0")).rejects.toMatchObject({ reason: "store_unavailable" });
    expect(vault.calls().filter((call) => call.startsWith("PUT"))).toHaveLength(1);
  });
});
