import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "@jest/globals";
import { startKube } from "../fakes/kube.ts";
import { startServer } from "../fakes/small-server.ts";
import { leaveStaleSocket, startForeignProvider } from "../fakes/sockets.ts";
import { startDaemon } from "./daemon.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const vectors = join(root, "test", "vectors");
const cleanup: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
});

/** Runs the built command line beside the servers of this process. */
async function doctor(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [join(root, "dist", "main.js"), "doctor", ...words], {
    cwd: root,
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code: child.exitCode, out, err };
}

/** An installation on this machine: key, store with TLS, cluster, and the daemon. */
async function install() {
  const folder = mkdtempSync(join(tmpdir(), "kf-doctor-"));
  const [etc, run] = [join(folder, "etc"), join(folder, "run")];
  for (const path of [etc, run]) mkdirSync(path);
  const pem = (name: string) => readFileSync(join(vectors, "tls", name), "utf8");
  const server = await startServer(() => ({ status: 200 }), { cert: pem("server.pem"), key: pem("server.key") });
  const kube = await startKube();
  kube.csiDrivers.set("secrets-store.csi.k8s.io", {
    podInfoOnMount: true,
    requiresRepublish: true,
    volumeLifecycleModes: ["Ephemeral"],
    tokenRequests: [{ audience: "vault" }],
  });
  cleanup.push(() => server.close(), () => kube.close()); // prettier-ignore
  copyFileSync(join(vectors, "keys", "age-1.txt"), join(folder, "prod.agekey"));
  chmodSync(join(folder, "prod.agekey"), 0o400);
  const kubeconfig = join(folder, "kubeconfig.yaml");
  writeFileSync(
    kubeconfig,
    `current-context: c
clusters: [{ name: k, cluster: { server: "${kube.url}" } }]
contexts: [{ name: c, context: { cluster: k, user: u, namespace: keyferry } }]
users: [{ name: u, user: { token: canary-token } }]
`,
  );
  const ca = join(vectors, "tls", "ca.pem");
  const config = `kubeconfig: ${kubeconfig}
stores: [{ name: team, kind: vault, address: "${server.url}", role: r, caFile: ${ca}, namespaces: [shop] }]
keys: [{ name: prod, kind: age, file: ${join(folder, "prod.agekey")}, namespaces: [shop] }]
`;
  const file = join(folder, "keyferry.yaml");
  writeFileSync(file, config);
  const daemon = await startDaemon({ folder: run, flags: ["--config", file, "--serve", "keyferry,vault"] });
  cleanup.push(() => daemon.stop());
  const env = {
    KEYFERRY_CONFIG: file,
    KEYFERRY_SERVE: "keyferry,vault",
    KEYFERRY_PROVIDERS_DIR: run,
    KEYFERRY_HEALTH_ADDRESS: daemon.health.replace("http://", ""),
  };
  const flags = ["--provider-volume", run, "--additional-provider-volume-paths", etc];
  return { etc, run, file, config, server, kube, env, flags };
}

describe("keyferry doctor beside a daemon", () => {
  test("finds nothing wrong with what is well, and leaves everything as it is", async () => {
    const { kube, server, env, flags } = await install();
    kube.driverArgs.push("--rotation-poll-interval=2m");
    for (const right of ["get pods", "get secrets keyferry", "create secrets keyferry"]) kube.allowed.add(right);
    const { code, out, err } = await doctor(flags, env);
    expect([code, out.match(/^(?:PROBLEM|WARNING|SKIPPED).*$/gm), err]).toEqual([
      0,
      null,
      expect.stringMatching(/^0 problems, 0 warnings, \d+ ok, 0 skipped\n$/),
    ]);
    expect(out).toMatch(/^OK +sockets +provider vault: .*keyferry \d+\.\d+\.\d+ answers$/m);
    expect(out).toMatch(/^OK +health +.*: ready$/m);
    expect(server.asked).toEqual([]);
    expect((await doctor(flags, env)).code).toBe(0);
  });

  test("finds what is wrong, with a fix each, and no secret", async () => {
    const { etc, kube, file, config, env, flags } = await install();
    await leaveStaleSocket(join(etc, "keyferry.sock"));
    cleanup.push(await startForeignProvider(join(etc, "vault.sock"), "vault-csi-provider", "1.5.0"));
    kube.csiDrivers.set("secrets-store.csi.k8s.io", { podInfoOnMount: true, volumeLifecycleModes: ["Ephemeral"] });
    writeFileSync(file, config.replace("ca.pem", "other.pem"));
    const { code, out } = await doctor([...flags, "--output", "json"], env);
    const { findings } = JSON.parse(out) as { findings: readonly Record<string, string>[] };
    const problems = findings.filter(({ status }) => status === "problem");
    expect([code, problems.map(({ check, subject }) => `${check ?? ""} ${subject ?? ""}`)]).toEqual([
      1,
      [
        "sockets provider keyferry",
        "sockets provider vault",
        "csidriver tokenRequests",
        expect.stringMatching(/^endpoints https:/),
      ],
    ]);
    expect(problems.filter(({ fix = "" }) => fix === "")).toEqual([]);
    expect(out).not.toMatch(/canary|AGE-SECRET-KEY/);
  });

  test("ends with 2 for wrong usage", async () => {
    expect(await doctor(["--serve", "nobody"])).toMatchObject({ code: 2, out: "" });
  });
});
