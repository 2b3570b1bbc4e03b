import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { runCommand } from "../../../../src/cli/command.ts";
import { createDoctorCommand } from "../../../../src/cli/doctor/command.ts";
import type { Finding } from "../../../../src/cli/doctor/finding.ts";
import { builtIn } from "../../../../src/wiring/plugins.ts";
import { startKube, type FakeKube } from "../../../fakes/kube.ts";

let folder = "";
let kube: FakeKube;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kf-"));
  kube = await startKube();
});

afterEach(async () => {
  await kube.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  let [out, err] = ["", ""];
  const outside = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    pending: () => 0,
    env,
    terminal: false,
    columns: 80,
    color: false,
    now: () => Date.now(),
  };
  const code = await runCommand([createDoctorCommand(builtIn)], ["doctor", ...words], outside);
  return { code, out, err };
}

/** The findings of a run over folders of this test. */
async function findings(env: Readonly<Record<string, string>> = {}, more: readonly string[] = []) {
  const words = ["--output", "json", "--provider-volume", folder, "--additional-provider-volume-paths", "", ...more];
  const own = { KEYFERRY_PROVIDERS_DIR: folder, KEYFERRY_HEALTH_ADDRESS: "127.0.0.1:0", ...env };
  const { code, out } = await run(words, own);
  return { code, found: (JSON.parse(out) as { findings: readonly Finding[] }).findings };
}

async function write(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

describe("keyferry doctor", () => {
  test("checks in a fixed order, and fails with a problem", async () => {
    const { code, found } = await findings();
    expect([...new Set(found.map(({ check }) => check))]).toEqual([
      "sockets",
      "config",
      "csidriver",
      "rbac",
      "endpoints",
      "health",
    ]);
    expect([code, found.filter(({ status }) => status === "problem").map(({ subject }) => subject)]).toEqual([
      1,
      ["provider keyferry"],
    ]);
  });

  test("reads the daemon's variables and file, and asks the API that they name", async () => {
    const kubeconfig = await write(
      "kube.yaml",
      `current-context: c
clusters: [{ name: k, cluster: { server: "${kube.url}" } }]
contexts: [{ name: c, context: { cluster: k, user: u, namespace: csi } }]
users: [{ name: u, user: { token: canary-token } }]
`,
    );
    const config = await write("keyferry.yaml", `serve: [azure]\nkubeconfig: ${kubeconfig}\n`);
    kube.csiDrivers.set("secrets-store.csi.k8s.io", { podInfoOnMount: false, volumeLifecycleModes: ["Ephemeral"] });
    const { found } = await findings({ KEYFERRY_CONFIG: config });
    expect(found.filter(({ status }) => status !== "ok").map(({ status, subject }) => [status, subject])).toEqual([
      ["problem", "provider azure"],
      ["problem", "podInfoOnMount"],
      ["warning", "tokenRequests"],
      ["skipped", "rotation-poll-interval"],
      ["skipped", "127.0.0.1:0"],
    ]);
    expect(JSON.stringify(found)).not.toContain("canary");
    expect(new Set(kube.asked.map(({ method, url }) => `${method} ${url}`))).toEqual(
      new Set([
        "GET /apis/apps/v1/daemonsets?labelSelector=app%20in%20(secrets-store-csi-driver%2Ccsi-secrets-store)",
        "GET /apis/storage.k8s.io/v1/csidrivers/secrets-store.csi.k8s.io",
        "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      ]),
    );
  });

  test("tells every problem of the configuration with its line, and goes on", async () => {
    const config = await write("keyferry.yaml", "stores:\n  - { name: a }\nkeys:\n  - { kind: age }\n");
    const { found } = await findings({ KEYFERRY_CONFIG: config });
    const wrong = found.filter(({ check }) => check === "config");
    expect(wrong.length).toBeGreaterThan(3);
    expect(wrong.map(({ status, subject }) => [status, subject])).toContainEqual([
      "problem",
      `${config}:4: keys entry 1, field file`,
    ]);
    expect(found.at(-1)?.check).toBe("health");
  });

  test("tells a configuration that is not there", async () => {
    const { code, found } = await findings({}, ["--config", join(folder, "none.yaml")]);
    expect(found.find(({ check }) => check === "config")).toMatchObject({
      status: "problem",
      problem: expect.stringMatching(/there is nothing at this path/),
    });
    expect(code).toBe(1);
  });

  test("tells every variable that the daemon would not start with, and takes the others", async () => {
    const { found } = await findings({ KEYFERRY_SERVE: "vualt", KEYFERRY_MOUNT_TIMEOUT: "soon" });
    expect(found[0]).toMatchObject({ check: "sockets", status: "ok", subject: folder });
    expect(found.filter(({ subject }) => subject === "settings").length).toBe(2);
    expect(found).toContainEqual(
      expect.objectContaining({
        check: "config",
        status: "problem",
        subject: "settings",
        problem: expect.stringMatching(/KEYFERRY_SERVE: there is no such provider; write one of keyferry, /),
      }),
    );
  });

  test.each([
    { is: "an unknown output", words: ["--output", "xml"] },
    { is: "a wrong flag of the daemon", words: ["--serve", "vualt"] },
    { is: "a word that is no flag", words: ["now"] },
    { is: "an unknown flag", words: ["--fix"] },
  ])("refuses $is as wrong usage", async ({ words }) => {
    expect(await run(words)).toMatchObject({ code: 2, out: "" });
  });
});
