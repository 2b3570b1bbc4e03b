import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startGcp, type FakeGcp } from "../fakes/gcp.ts";
import { startVault, vaultData, type FakeVault } from "../fakes/vault.ts";
import { auditMark, callsSince, isGranted } from "./harness/audit.ts";
import { releaseNamespace } from "./harness/daemon.ts";
import { eventuallyTrue } from "./harness/eventually.ts";
import { makeServiceAccount, secretProviderClass } from "./harness/objects.ts";
import { openDaemon, openStage, type Stage } from "./harness/suite.ts";

const namespace = "audited";
const account = `${releaseNamespace}:keyferry`;

let stage: Stage;
let vault: FakeVault;
let gcp: FakeGcp;

beforeAll(async () => {
  [vault, gcp] = await Promise.all([startVault(), startGcp()]);
  vault.routes.set("/v1/kv/plain", vaultData({ password: "pw" }));
  stage = await openStage(namespace, {
    version: "1.6",
    rotation: "1s",
    audiences: ["vault", "my-project.svc.id.goog"],
  });
  stage.after(vault.close);
  stage.after(gcp.close);
  await makeServiceAccount(stage.api, namespace, "web");
});

afterAll(() => stage.end());

/** Everything that makes a daemon ask the API: a key of versions, an identity of Google, an Event of a failed refresh. */
async function exercise(): Promise<void> {
  const stores = [
    `{ name: v, kind: vault, address: "${vault.url}", role: shop }`,
    "{ name: g, kind: gcp, project: my-project }",
  ];
  await stage.api.apply(
    secretProviderClass(namespace, "native", "keyferry", {
      stores: `[${stores.join(", ")}]`,
      objects:
        "[{ store: v, objectName: kv/plain, jmesPath: password, objectAlias: pw }, { store: g, objectName: test, objectAlias: t }]",
    }),
  );
  const pod = await stage.pod({ name: "native", secretProviderClass: "native", serviceAccount: "web" });
  await pod.runs();
  vault.routes.set("/v1/kv/plain", { status: 403, body: '{"errors":["permission denied"]}' });
  await pod.event("an Event of the failed refresh", ({ source }) => source === "keyferry");
  vault.routes.set("/v1/kv/plain", vaultData({ password: "pw" }));
  await pod.event("an Event of the recovery", ({ reason }) => reason === "SecretRotationRecovered");
  await pod.remove();
}

const variables = () =>
  Object.entries({
    KEYFERRY_GCP_SECRET_MANAGER_ENDPOINT: gcp.url,
    KEYFERRY_GCP_TOKEN_ENDPOINT: `${gcp.url}/v1/token`,
    KEYFERRY_GCP_METADATA_HOST: gcp.url.replace("http://", ""),
  }).map(([name, value]) => ({ name, value }));

describe("what the daemon asks the API server", () => {
  test("is within the roles that the chart gives it, and nothing of it is refused", async () => {
    const mark = auditMark(stage.state);
    const { daemon, release } = await openDaemon(stage, {
      sockets: { keyferry: true, vault: true, gcp: true },
      config: { refresh: { interval: "1s" } },
      extraEnv: variables(),
    });
    await exercise();
    await daemon.remove();
    const calls = callsSince(stage.state, mark, account);
    expect(calls.filter((call) => !isGranted(call, release.manifests))).toEqual([]);
    expect(calls.filter(({ status }) => status === 401 || status === 403)).toEqual([]);
    expect([...new Set(calls.map(({ verb, resource }) => `${verb} ${resource}`))].sort()).toEqual(
      expect.arrayContaining(["create events", "get secrets", "get serviceaccounts"]),
    );
  });

  test("is nothing where the chart gives it nothing", async () => {
    const mark = auditMark(stage.state);
    const { daemon } = await openDaemon(stage, { rbac: { events: false } });
    const stores = `[{ name: v, kind: vault, address: "${vault.url}", role: shop }]`;
    await stage.api.apply(
      secretProviderClass(namespace, "quiet", "keyferry", {
        stores,
        objects: "[{ objectName: kv/plain, jmesPath: password, objectAlias: pw }]",
      }),
    );
    const pod = await stage.pod({ name: "quiet", secretProviderClass: "quiet", serviceAccount: "web" });
    await pod.runs();
    const mounts = async () => /keyferry_mounts_total\{[^}]*\} (\d+)/.exec(await daemon.metrics())?.[1];
    await eventuallyTrue("it is mounted again", async () => Number(await mounts()) > 3);
    await daemon.remove();
    expect(callsSince(stage.state, mark, account)).toEqual([]);
  });
});
