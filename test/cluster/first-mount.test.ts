import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { startVault, vaultData, type FakeVault } from "../fakes/vault.ts";
import type { KubeObject } from "./harness/api.ts";
import type { DaemonPod } from "./harness/daemon.ts";
import { makeNamespace, makeServiceAccount, secretOf, secretProviderClass } from "./harness/objects.ts";
import { openDaemon, openStage, type Stage } from "./harness/suite.ts";

const root = join(import.meta.dirname, "..", "..");
const demo = join(root, "examples", "demo");

let stage: Stage;
let daemon: DaemonPod;
let vault: FakeVault;

beforeAll(async () => {
  vault = await startVault();
  stage = await openStage("shop", { version: "1.6", audiences: ["vault"] });
  stage.after(vault.close);
  const { api } = stage;
  await makeServiceAccount(api, "shop", "web");
  await makeNamespace(api, "keyferry");
  await api.apply(secretOf("keyferry", "demo-key", { "demo.agekey": readFileSync(join(demo, "demo.agekey"), "utf8") }));
  ({ daemon } = await openDaemon(stage, {
    sockets: { keyferry: true, vault: true },
    rbac: { hmacKey: true },
    keys: [{ name: "demo", secretName: "demo-key" }],
    config: {
      vaultAddr: vault.url,
      keys: [{ name: "demo", kind: "age", file: "/etc/keyferry/keys/demo/demo.agekey", namespaces: ["shop"] }],
    },
  }));
});

afterAll(() => stage.end());

describe("the daemon as its chart runs it", () => {
  test("is no root, and has no capability", () => {
    const status = readFileSync(`/proc/${daemon.pid()}/status`, "utf8");
    expect(status).toMatch(/^Uid:\s+65532\s+65532\s+65532\s+65532$/m);
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^CapBnd:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
  });
});

describe("the first mount", () => {
  test("gives the files of the demo, in a file system of their own, with their modes", async () => {
    await stage.api.apply(parse(readFileSync(join(demo, "secretproviderclass.yaml"), "utf8")) as KubeObject);
    const pod = await stage.pod({ name: "web-0", secretProviderClass: "shop", serviceAccount: "web" });
    await pod.runs();
    expect(pod.isMounted()).toBe(true);
    expect(pod.modes()).toEqual({
      "app.yaml": 0o644,
      "database/password": 0o400,
      "licence.env": 0o644,
      "smtp.json": 0o644,
    });
    expect(pod.text("app.yaml")).toContain("host_unencrypted: smtp.example.com");
    expect(JSON.parse(pod.text("smtp.json") ?? "")).toHaveProperty("password");
    expect(Object.keys(await pod.versions()).length).toBeGreaterThan(0);
    await pod.remove();
    expect(pod.isMounted()).toBe(false);
  });

  test("logs in to Vault with the pod's own token, which kubelet had made for its audience", async () => {
    vault.routes.set("/v1/kv/data/db", vaultData({ data: { password: "pw" }, metadata: { version: 3 } }));
    await stage.api.apply(
      secretProviderClass("shop", "native-vault", "keyferry", {
        stores: `[{ name: v, kind: vault, address: "${vault.url}", role: shop }]`,
        objects: "[{ objectName: kv/data/db, jmesPath: data.password, objectAlias: db/password }]",
      }),
    );
    const pod = await stage.pod({ name: "web-1", secretProviderClass: "native-vault", serviceAccount: "web" });
    await pod.runs();
    expect(pod.text("db/password")).toBe("pw");
    const login = vault.asked.find(({ url }) => url.endsWith("/login"));
    const [, claims = ""] = String((JSON.parse(login?.body ?? "{}") as { jwt?: string }).jwt).split(".");
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({
      aud: ["vault"],
      iss: "https://cluster.test",
      sub: "system:serviceaccount:shop:web",
      "kubernetes.io": { namespace: "shop", pod: { name: "web-1", uid: pod.uid }, serviceaccount: { name: "web" } },
    });
  });
});
