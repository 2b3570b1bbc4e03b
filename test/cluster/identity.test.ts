import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startVault, vaultData, type FakeVault } from "../fakes/vault.ts";
import { at } from "./harness/api.ts";
import { releaseNamespace, type DaemonPod } from "./harness/daemon.ts";
import { eventually } from "./harness/eventually.ts";
import { makeServiceAccount, secretProviderClass } from "./harness/objects.ts";
import { openDaemon, openStage, type Stage } from "./harness/suite.ts";

const namespace = "identity";
const hmacSecret = "vault-csi-provider-hmac-key";

let vault: FakeVault;

/** Claims of the token of the last login. */
function claims(): unknown {
  const login = vault.asked.findLast(({ url }) => url.endsWith("/login"));
  const [, part = ""] = String((JSON.parse(login?.body ?? "{}") as { jwt?: string }).jwt).split(".");
  return JSON.parse(Buffer.from(part, "base64url").toString());
}

function objectsOf(stage: Stage, name: string, provider: string) {
  const own = provider === "vault" ? { vaultAddress: vault.url, roleName: "shop" } : {};
  const stores = `[{ name: v, kind: vault, address: "${vault.url}", role: shop }]`;
  const parameters =
    provider === "vault"
      ? { ...own, objects: "- { objectName: pw, secretPath: kv/plain, secretKey: password }" }
      : { stores, objects: "[{ objectName: kv/plain, jmesPath: password, objectAlias: pw }]" };
  return stage.api.apply(secretProviderClass(namespace, name, provider, parameters));
}

beforeAll(async () => {
  vault = await startVault();
  vault.routes.set("/v1/kv/plain", vaultData({ password: "pw" }));
});

afterAll(() => vault.close());

describe("where the CSIDriver asks for no tokens", () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage(namespace, { version: "1.6" });
    await makeServiceAccount(stage.api, namespace, "web");
  });

  afterAll(() => stage.end());

  test("a pod is told the audience, and no word of what the daemon would need", async () => {
    const { daemon } = await openDaemon(stage, {});
    await objectsOf(stage, "untold", "keyferry");
    const pod = await stage.pod({ name: "untold", secretProviderClass: "untold", serviceAccount: "web" });
    const { message } = await pod.event("FailedMount", ({ reason }) => reason === "FailedMount");
    expect(message).toMatch(/code = FailedPrecondition/);
    expect(message).toMatch(/audience "vault"; add that audience to tokenRequests of the CSIDriver.*present: none/);
    expect(message).not.toContain("serviceaccounts/token");
    await pod.remove();
    await daemon.remove();
  });

  test("a daemon that may make tokens logs in with one that is bound to the pod", async () => {
    const { daemon } = await openDaemon(stage, { rbac: { serviceAccountTokens: true } });
    await objectsOf(stage, "made", "keyferry");
    const pod = await stage.pod({ name: "made", secretProviderClass: "made", serviceAccount: "web" });
    await pod.runs();
    expect(claims()).toMatchObject({
      iss: "https://cluster.test",
      sub: `system:serviceaccount:${namespace}:web`,
      "kubernetes.io": { namespace, pod: { name: "made", uid: pod.uid }, serviceaccount: { name: "web" } },
    });
    await pod.remove();
    await daemon.remove();
  });
});

describe("object versions of the vault drop-in", () => {
  let stage: Stage;
  let daemon: DaemonPod;

  const versionsOf = async (name: string) => {
    const pod = await stage.pod({ name, secretProviderClass: "keyed" });
    await pod.runs();
    const versions = await eventually("the status has versions", async () => {
      const seen = await pod.versions();
      return Object.keys(seen).length > 0 ? seen : undefined;
    });
    await pod.remove();
    return versions;
  };

  beforeAll(async () => {
    stage = await openStage(namespace, { version: "1.6", audiences: ["vault"] });
    await stage.api.ask("DELETE", `/api/v1/namespaces/${releaseNamespace}/secrets/${hmacSecret}`);
    ({ daemon } = await openDaemon(stage, { sockets: { keyferry: true, vault: true } }));
    await objectsOf(stage, "keyed", "vault");
  });

  afterAll(() => stage.end());

  test("are made with a Secret that the chart's vault socket is enough for, and outlive the daemon", async () => {
    const before = await versionsOf("keyed-1");
    expect(Object.values(before)).toEqual([expect.stringMatching(/^[A-Za-z0-9_-]{20,}=*$/)]);
    const secret = await stage.api.get(`/api/v1/namespaces/${releaseNamespace}/secrets/${hmacSecret}`);
    expect(Buffer.from(String(at(secret, "data", "key")), "base64")).toHaveLength(32);
    await daemon.remove();
    await openDaemon(stage, { sockets: { keyferry: true, vault: true } });
    expect(await versionsOf("keyed-2")).toEqual(before);
  });
});
