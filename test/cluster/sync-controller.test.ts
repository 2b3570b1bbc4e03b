import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { startVault, vaultData, type FakeVault } from "../fakes/vault.ts";
import { at, pathOf, type KubeObject } from "./harness/api.ts";
import type { DaemonPod } from "./harness/daemon.ts";
import { eventually, eventuallyTrue } from "./harness/eventually.ts";
import { makeServiceAccount } from "./harness/objects.ts";
import { secretSyncDefinition } from "./harness/secret-sync-definition.ts";
import { openDaemon, openStage, type Stage } from "./harness/suite.ts";
import { reconcile, syncProvidersFolder } from "./harness/sync-controller.ts";

const root = join(import.meta.dirname, "..", "..");
const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), "utf8");
const example = (name: string) => read("examples", "sync-controller", name);
const values = (text: string) => parse(text) as Readonly<Record<string, unknown>>;

let stage: Stage;
let vault: FakeVault;
let daemon: DaemonPod;

const db = (password: string, version: number) =>
  vault.routes.set(
    "/v1/secret/data/shop/db",
    vaultData({ data: { username: "ada", password }, metadata: { version } }),
  );

beforeAll(async () => {
  vault = await startVault();
  db("pw-1", 1);
  stage = await openStage("shop", { version: "1.6" });
  stage.after(vault.close);
  await makeServiceAccount(stage.api, "shop", "web");
  await stage.api.apply(secretSyncDefinition);
  await eventuallyTrue("SecretSync is served", async () => {
    const { status } = await stage.api.ask("GET", "/apis/secret-sync.x-k8s.io/v1alpha1/secretsyncs");
    return status === 200;
  });
  ({ daemon } = await openDaemon(stage, {
    ...values(read("deploy", "helm", "keyferry", "values-sync-controller.yaml")),
    config: { refresh: { firstMount: "0s", interval: "1s" } },
  }));
  const manifest = example("secretproviderclass.yaml").replaceAll("https://vault.example.com:8200", vault.url);
  await stage.api.apply(values(manifest));
});

afterAll(() => stage.end());

function createStrictly(object: KubeObject) {
  const query = "fieldManager=test&force=true&fieldValidation=Strict";
  return stage.api.ask("PATCH", `${pathOf(object)}?${query}`, object, "application/apply-patch+yaml");
}

const dataOf = (secret: KubeObject | undefined) => {
  const data = Object.entries((at(secret, "data") ?? {}) as Readonly<Record<string, string>>);
  return Object.fromEntries(data.map(([key, text]) => [key, Buffer.from(text, "base64").toString()])) as unknown;
};

describe("a SecretSync", () => {
  test("as in the examples becomes a Secret, by the service account's own login", async () => {
    expect((await createStrictly(values(example("secretsync.yaml")))).status).toBeLessThan(300);
    vault.asked.length = 0;
    const { mounted, secret } = await reconcile(stage.api, stage.state, "shop-sync", "shop", ["vault"]);
    expect(mounted).toMatchObject({ kind: "mounted", warnings: [] });
    expect(dataOf(secret)).toEqual({ DB_USERNAME: "ada", DB_PASSWORD: "pw-1" });
    const login = vault.asked.find(({ url }) => url.endsWith("/login"));
    const [, claims = ""] = String((JSON.parse(login?.body ?? "{}") as { jwt?: string }).jwt).split(".");
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({
      aud: ["vault"],
      sub: "system:serviceaccount:shop:web",
    });
  });

  test("follows the store", async () => {
    db("pw-2", 2);
    const secret = await eventually("the Secret has the new value", async () => {
      const synced = await reconcile(stage.api, stage.state, "shop-sync", "shop", ["vault"]);
      return JSON.stringify(dataOf(synced.secret)).includes("pw-2") ? synced.secret : undefined;
    });
    expect(dataOf(secret)).toEqual({ DB_USERNAME: "ada", DB_PASSWORD: "pw-2" });
  });

  test("counts as no volume, and nobody tells a pod that does not exist", async () => {
    vault.routes.set("/v1/secret/data/shop/db", { status: 403, body: '{"errors":["permission denied"]}' });
    await eventuallyTrue("it fails", async () => {
      const { mounted } = await reconcile(stage.api, stage.state, "shop-sync", "shop", ["vault"]);
      return mounted.kind === "failed" && mounted.code === 7 && !mounted.leavesEmptyVolume;
    });
    expect(await daemon.metrics()).not.toMatch(/secret_provider_class="shop-sync"|namespace="shop"/);
    const events = await stage.api.list("/api/v1/namespaces/shop/events");
    expect(events.filter((event) => at(event, "source", "component") === "keyferry")).toEqual([]);
    db("pw-2", 2);
  });

  test("without a token is told the audience that is missing", async () => {
    await makeServiceAccount(stage.api, "shop", "other");
    const manifest = values(example("secretsync.yaml"));
    const spec = { ...(manifest["spec"] as KubeObject), serviceAccountName: "other" };
    await createStrictly({ ...manifest, metadata: { name: "other", namespace: "shop" }, spec });
    const { mounted } = await reconcile(stage.api, stage.state, "other", "shop", ["elsewhere"]);
    expect(mounted).toMatchObject({ kind: "failed", code: 9 });
    expect(mounted).toMatchObject({ message: expect.stringMatching(/audience "vault".*present: "elsewhere"/) });
  });

  test("cannot name a file in a folder: the server refuses it, and lint says so", async () => {
    const manifest = example("secretsync.yaml").replace("sourcePath: db-password", "sourcePath: db/password");
    const { status, body } = await createStrictly({
      ...values(manifest),
      metadata: { name: "foldered", namespace: "shop" },
    });
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toMatch(/sourcePath/);
    const linted = spawnSync(process.execPath, [join(root, "dist", "main.js"), "lint", "-f", "-"], { input: manifest });
    expect(linted.status).toBe(1);
    expect(linted.stdout.toString()).toContain("cannot name a file in a folder");
  });
});

describe("the controller's manager", () => {
  /** Connects as a process of the user without any capability, as the controller's chart runs it. */
  const connectAs = (user: number, group: number): string => {
    const socket = `${syncProvidersFolder}/keyferry.sock`;
    const program = `require("node:net").connect(${JSON.stringify(socket)}).once("connect", () => { console.log("open"); process.exit(0); }).once("error", ({ code }) => { console.log(code); process.exit(0); })`;
    const words = ["--reuid", String(user), "--regid", String(group), "--clear-groups", "--bounding-set", "-all"];
    const run = spawnSync("setpriv", [...words, "--no-new-privs", process.execPath, "-e", program], {
      encoding: "utf8",
      cwd: "/",
    });
    return `${run.stdout}${run.stderr}`.trim();
  };

  test("opens the sockets with the user of its values in the examples, and not as root without capabilities", () => {
    const { securityContext } = values(example("controller-values.yaml")) as {
      securityContext: { runAsUser: number; runAsGroup: number };
    };
    expect(connectAs(securityContext.runAsUser, securityContext.runAsGroup)).toBe("open");
    expect(connectAs(0, 0)).toBe("EACCES");
  });
});
