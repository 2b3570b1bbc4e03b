import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { checkCluster } from "../../../../src/cli/doctor/cluster.ts";
import type { Finding } from "../../../../src/cli/doctor/finding.ts";
import { defaultConfig, type OperatorConfig } from "../../../../src/config/config.ts";
import { loadConfig } from "../../../../src/config/load.ts";
import { createHttpClient } from "../../../../src/http/client.ts";
import { createKubeApi, type KubeApi } from "../../../../src/kube/api.ts";
import { inClusterAccess } from "../../../../src/kube/in-cluster.ts";
import { Secret } from "../../../../src/model/secret.ts";
import type { StoreKind } from "../../../../src/model/store.ts";
import { builtIn } from "../../../../src/wiring/plugins.ts";
import { startKube, type FakeKube } from "../../../fakes/kube.ts";
import { connectedStores } from "../../../fakes/connected.ts";
import { settingsFor } from "../../../fakes/settings.ts";
import { keyContext } from "../../../fakes/config-context.ts";

const driverName = "secrets-store.csi.k8s.io";
const usual = { podInfoOnMount: true, requiresRepublish: true, volumeLifecycleModes: ["Ephemeral"] };
const http = createHttpClient();
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

interface Situation {
  readonly config?: string;
  readonly serve?: readonly string[];
  readonly flags?: Readonly<Record<string, string>>;
  readonly api?: KubeApi | undefined;
  readonly kubeconfig?: string;
  /** Milliseconds; short where the API hangs. */
  readonly limit?: number;
}

async function check(situation: Situation = {}): Promise<readonly Finding[]> {
  const { config = "", serve = ["keyferry"], flags = {}, kubeconfig = "", limit = 10_000 } = situation;
  const { stores, dialects: all } = connectedStores(flags);
  const dialects = all.filter(({ name }) => serve.includes(name));
  const wanted = { config: parsed(config, stores), dialects, serve, plugins: builtIn };
  const values = settingsFor({ "hmac-secret-name": "hmac", ...flags });
  const used = "api" in situation ? situation.api : api;
  return checkCluster({ api: used, kubeconfig, wanted, values, limit });
}

function parsed(text: string, stores: readonly StoreKind[]): OperatorConfig {
  const reading = loadConfig(text, { ...keyContext, file: "c.yaml", stores, settings: [] });
  expect(reading).toMatchObject({ kind: "loaded" });
  return reading.kind === "loaded" ? reading.config : defaultConfig;
}

function driver(audiences: readonly string[], spec: object = {}): void {
  const tokenRequests = audiences.map((audience) => ({ audience }));
  kube.csiDrivers.set(driverName, { ...usual, tokenRequests, ...spec });
}

const about = (findings: readonly Finding[], subject: string) => findings.filter((one) => one.subject === subject);
const statuses = (findings: readonly Finding[]) => findings.map(({ check: name, status }) => `${name} ${status}`);

const vaultStore =
  'stores: [{ name: team, kind: vault, address: "https://vault.test", role: shop, namespaces: [shop] }]';
const azureStore =
  "stores: [{ name: shop, kind: azure, vault: shop-prod, tenantId: t, clientId: c, namespaces: [shop] }]";
const transitKey =
  'keys: [{ name: k, kind: vault-transit, address: "https://vault.test", keys: [a], role: r, audience: sops, namespaces: [shop] }]';
const sealedKey = "keys: [{ name: s, kind: sealed-secrets, controllerNamespace: kube-system, namespaces: [shop] }]";

describe("the CSIDriver object", () => {
  test("is as it should be", async () => {
    driver([]);
    const findings = (await check()).filter((one) => one.check === "csidriver");
    expect(findings.map(({ status, subject }) => [status, subject])).toEqual([
      ["ok", `CSIDriver ${driverName}`],
      ["ok", "podInfoOnMount"],
      ["ok", "requiresRepublish"],
      ["skipped", "rotation-poll-interval"],
    ]);
  });

  test.each([
    { args: ["--rotation-poll-interval=2m"], status: "ok" },
    { args: ["--rotation-poll-interval=1m30s"], status: "ok" },
    { args: ["--enable-secret-rotation=true"], status: "ok" },
    { args: ["--rotation-poll-interval=2m1s"], status: "warning" },
    { args: ["--rotation-poll-interval=24h"], status: "warning" },
    { args: ["--rotation-poll-interval=soon"], status: "skipped" },
  ])("with a driver of $args is $status for its poll interval", async ({ args, status }) => {
    driver([]);
    kube.driverArgs.push(...args);
    expect(about(await check(), "rotation-poll-interval")).toEqual([expect.objectContaining({ status })]);
  });

  test("of a driver whose flags may not be seen gives the hint alone", async () => {
    driver([]);
    const labels = "app in (secrets-store-csi-driver,csi-secrets-store)";
    kube.forbidden.add(`GET /apis/apps/v1/daemonsets?labelSelector=${encodeURIComponent(labels)}`);
    expect(about(await check(), "rotation-poll-interval")).toEqual([
      expect.objectContaining({ status: "skipped", fix: expect.stringMatching(/at most 2m/) }),
    ]);
  });

  test.each([
    { is: "does not tell the pod", spec: { podInfoOnMount: false }, subject: "podInfoOnMount", status: "problem" },
    {
      is: "takes no volumes of pods",
      spec: { volumeLifecycleModes: ["Persistent"] },
      subject: "volumeLifecycleModes",
      status: "problem",
    },
    { is: "has no rotation", spec: { requiresRepublish: false }, subject: "requiresRepublish", status: "ok" },
  ])("$is", async ({ spec, subject, status }) => {
    driver([], spec);
    expect(about(await check(), subject)).toEqual([expect.objectContaining({ status })]);
  });

  test("is not there", async () => {
    const [finding] = await check();
    expect(finding).toMatchObject({
      status: "problem",
      problem: "is not there",
      fix: expect.stringMatching(/install/),
    });
  });

  test("may not be read: the rule to grant is told", async () => {
    kube.forbidden.add(`GET /apis/storage.k8s.io/v1/csidrivers/${driverName}`);
    const [finding] = await check();
    expect(finding).toMatchObject({ status: "skipped", fix: expect.stringMatching(/rbac\.doctor.*csidrivers.*get/) });
  });
});

describe("audiences", () => {
  test.each([
    { is: "a Vault store", config: vaultStore, audience: "vault" },
    { is: "an Azure store", config: azureStore, audience: "api://AzureADTokenExchange" },
    { is: "a transit key", config: transitKey, audience: "sops" },
  ])("of $is must be requested", async ({ config, audience }) => {
    driver(["other"]);
    const [lacking] = about(await check({ config }), "tokenRequests");
    expect(lacking).toMatchObject({ status: "problem", fix: expect.stringContaining(JSON.stringify(audience)) });
    expect(lacking?.problem).toContain('it has "other"');
    driver(["other", audience]);
    expect(about(await check({ config }), "tokenRequests")).toEqual([expect.objectContaining({ status: "ok" })]);
  });

  test.each(["vault", "azure"])("of provider %s may be another, so a lack is a warning", async (name) => {
    driver([]);
    expect(about(await check({ serve: [name] }), "tokenRequests")).toEqual([
      expect.objectContaining({ status: "warning", problem: expect.stringContaining(`provider ${name}`) }),
    ]);
  });

  test("of Vault are not needed where the daemon may make tokens itself; those of Azure are", async () => {
    driver([]);
    kube.allowed.add("create serviceaccounts/token");
    expect(about(await check({ config: vaultStore }), "tokenRequests")).toMatchObject([{ status: "ok" }]);
    expect(about(await check({ config: azureStore }), "tokenRequests")).toMatchObject([{ status: "problem" }]);
  });

  test.each([
    { is: "set", flags: { "gcp-project": "shop" }, audiences: ["shop.svc.id.goog"], status: "ok" },
    { is: "set to another", flags: { "gcp-project": "shop" }, audiences: ["x.svc.id.goog"], status: "warning" },
    { is: "not known, but likely there", flags: {}, audiences: ["x.svc.id.goog"], status: "ok" },
    { is: "not known, and none is likely", flags: {}, audiences: ["vault"], status: "warning" },
  ])("of Google Cloud: the project is $is", async ({ flags, audiences, status }) => {
    driver(audiences);
    expect(about(await check({ serve: ["gcp"], flags }), "tokenRequests")).toMatchObject([{ status }]);
  });

  test("wanted by several are one line", async () => {
    driver([]);
    const [finding, ...rest] = about(await check({ config: vaultStore, serve: ["vault"] }), "tokenRequests");
    expect([finding?.problem, rest]).toEqual([expect.stringMatching(/store "team", provider vault/), []]);
  });
});

describe("rights", () => {
  test("that a feature of a served provider needs are warned of", async () => {
    driver(["vault"]);
    const rbac = (await check({ serve: ["vault"] })).filter((one) => one.check === "rbac");
    expect(rbac.map(({ status, subject, fix }) => [status, subject, fix])).toEqual([
      ["ok", "create serviceaccounts/token", undefined],
      ["warning", "get pods", "set the chart's value rbac.pods=true"],
      ["warning", "get secrets hmac in csi", "set the chart's value rbac.hmacKey=true"],
      ["warning", "create secrets in csi", "set the chart's value rbac.hmacKey=true"],
      ["ok", "create events", undefined],
      ["ok", "patch events", undefined],
    ]);
  });

  test("that are granted are well", async () => {
    driver(["vault"]);
    for (const one of ["get pods", "get secrets csi", "create secrets csi"]) kube.allowed.add(one);
    const rbac = (await check({ serve: ["vault"] })).filter((one) => one.check === "rbac");
    expect(new Set(rbac.map(({ status }) => status))).toEqual(new Set(["ok"]));
  });

  test("that only manifests could need are told, not warned of", async () => {
    driver([]);
    expect(new Set(statuses(await check()))).toEqual(new Set(["csidriver ok", "csidriver skipped", "rbac ok"]));
    const locked = await check({ config: "policy: { inlineStores: false }" });
    expect(locked.filter((one) => one.check === "rbac").map(({ subject }) => subject)).toEqual([
      "create serviceaccounts/token",
      "create events",
      "patch events",
    ]);
  });

  test("that a configured key needs are a problem", async () => {
    driver([]);
    const subject = "list secrets in kube-system";
    expect(about(await check({ config: sealedKey }), subject)).toMatchObject([
      { status: "problem", fix: "set the chart's value rbac.sealedSecretsNamespace=kube-system" },
    ]);
    kube.allowed.add("list secrets kube-system");
    expect(about(await check({ config: sealedKey }), subject)).toMatchObject([{ status: "ok" }]);
  });

  test("to read service accounts is needed by every login of provider gcp", async () => {
    driver(["p.svc.id.goog"]);
    const subject = "get serviceaccounts";
    const found = about(await check({ serve: ["gcp"] }), subject).filter(({ status }) => status !== "ok");
    expect(found).toMatchObject([{ status: "problem", fix: "set the chart's value rbac.serviceAccounts=true" }]);
    const store = "stores: [{ name: g, kind: gcp, serviceAccount: a@p.iam.gserviceaccount.com, namespaces: [shop] }]";
    const ofGcp = about(await check({ config: store }), subject).filter(({ status }) => status !== "ok");
    expect(ofGcp).toMatchObject([{ status: "warning" }]);
    kube.allowed.add(subject);
    expect(about(await check({ serve: ["gcp"] }), subject).filter(({ status }) => status !== "ok")).toEqual([]);
  });

  test("that may not be asked for are skipped", async () => {
    driver([]);
    kube.forbidden.add("POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
    const rbac = (await check({ serve: ["vault"] })).filter((one) => one.check === "rbac");
    expect(new Set(rbac.map(({ status }) => status))).toEqual(new Set(["skipped"]));
  });
});

describe("an API server that", () => {
  test.each([
    { is: "hangs", limit: 300, fault: () => kube.faults.hang(), problem: /did not answer within 0.3 s/ },
    { is: "answers garbage", fault: () => kube.faults.garbage(), problem: /without a CSIDriver object/ },
    { is: "answers with ten megabytes", fault: () => kube.faults.huge(), problem: /more than/ },
    { is: "breaks off", fault: () => kube.faults.cut(), problem: /the Kubernetes API/ },
    { is: "does not know us", fault: () => kube.faults.status(401), problem: /does not know the daemon/ },
    { is: "is some other server", fault: () => kube.faults.status(404), problem: /has nothing/ },
    { is: "fails", fault: () => kube.faults.status(500), problem: /failed with status 500/ },
  ] as readonly { is: string; limit?: number; fault: () => void; problem: RegExp }[])(
    "$is is a problem, told once",
    async ({ fault, problem, limit = 10_000 }) => {
      fault();
      const findings = await check({ serve: ["vault"], limit });
      expect(statuses(findings)).toEqual(["csidriver problem", "rbac skipped"]);
      expect(findings[0]?.problem).toMatch(problem);
      expect(JSON.stringify(findings)).not.toContain("daemon-token");
    },
  );

  test("nobody named is passed over", async () => {
    expect(statuses(await check({ api: undefined }))).toEqual(["csidriver skipped", "rbac skipped"]);
  });

  test("the pod may not use is passed over, but not by a key that needs it", async () => {
    const env = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: "1" };
    const bare = createKubeApi(() => inClusterAccess(env, () => Promise.reject(new Error("ENOENT"))), http.send);
    const findings = await check({ api: bare, config: sealedKey });
    expect(statuses(findings)).toEqual(["csidriver skipped", "rbac skipped", "rbac problem"]);
    expect(findings[0]?.fix).toMatch(/rbac\.doctor=true/);
  });

  test("a kubeconfig describes wrongly is a problem", async () => {
    const broken = createKubeApi(() => inClusterAccess({}, () => Promise.reject(new Error("ENOENT"))), http.send);
    expect(statuses(await check({ api: broken, kubeconfig: "/k" }))).toEqual(["csidriver problem"]);
  });
});
