// Inside the namespaces that scripts/test-cluster.mjs makes: starts the cluster, runs the tests, and ends, which ends
// every process with it.
//
//   node test/cluster/run.ts FOLDER own|shared [words for jest]    whether the network is its own
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeName, startControlPlane, type ControlPlane } from "./harness/control-plane.ts";
import { at, kubeApi } from "./harness/api.ts";
import { eventuallyTrue } from "./harness/eventually.ts";
import { kubeconfigText } from "./harness/kubeconfig.ts";
import { start } from "./harness/process.ts";
import { stateVariable, type ClusterState, type DriverVersion } from "./harness/state.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const [folder = "", network, ...words] = process.argv.slice(2);
const hasNetwork = network === "own";

/** How often kubelet syncs each pod, and so repeats the mounts of its volumes. */
const syncEvery = "2s";

type Programs = Readonly<Record<"kubernetes" | `driver-${DriverVersion}` | "helm", string>>;

function must(program: string, more: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, more, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${more.join(" ")}: ${error?.message ?? stderr}`);
}

/** The node's address in a network of its own. */
const address = "10.77.0.1";

/** A network of its own has the loopback only, which is down. */
function prepareNetwork(): void {
  if (!hasNetwork) return;
  must("ip", ["link", "set", "lo", "up"]);
  must("ip", ["addr", "add", `${address}/32`, "dev", "lo"]);
}

/** /run is the run's own, with the drivers' folder of sockets on a disk as on a node. */
function prepareMachine(): void {
  must("mount", ["-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"]);
  const sockets = join(root, "build-tools", "cluster-sockets");
  rmSync(sockets, { recursive: true, force: true });
  for (const path of [sockets, "/run/secrets-store-csi-providers", "/run/secrets/kubernetes.io/serviceaccount"]) {
    mkdirSync(path, { recursive: true });
  }
  must("mount", ["--bind", sockets, "/run/secrets-store-csi-providers"]);
}

/** What the image has in /opt/keyferry. */
function makeBundle(): string {
  const bundle = join(folder, "image");
  cpSync(join(root, "dist"), bundle, { recursive: true });
  cpSync(join(root, "deploy", "image", "package.json"), join(bundle, "package.json"));
  return bundle;
}

async function startKubelet(plane: ControlPlane, state: ClusterState, program: string): Promise<void> {
  const kubeconfig = join(folder, "kubelet.kubeconfig");
  writeFileSync(kubeconfig, kubeconfigText(plane.server, plane.authority, plane.nodeToken));
  const kubelet = start({
    program,
    arguments: [
      ...["--kubeconfig", kubeconfig, "--node", nodeName, "--root", dirname(state.pods), "--csi", state.csiSocket],
      ...["--sync", syncEvery, "--image", "registry.example.com/keyferry", "--bundle", makeBundle()],
      ...["--nodejs", dirname(dirname(process.execPath)), "--server", new URL(plane.server).host],
      ...["--containers", state.containers, "-v", "3", ...(hasNetwork ? ["--address", address] : [])],
    ],
    folder: join(folder, "kubelet-empty"),
    log: join(folder, "logs", "kubelet.log"),
  });
  const api = kubeApi(state);
  await eventuallyTrue("the node is ready", async () => {
    if (kubelet.ended() !== undefined) throw new Error(`kubelet ended: ${kubelet.output().slice(-2000)}`);
    const node = await api.get(`/api/v1/nodes/${nodeName}`);
    const conditions = (at(node, "status", "conditions") ?? []) as readonly { type: string; status: string }[];
    return conditions.some(({ type, status }) => type === "Ready" && status === "True");
  });
}

/** Definitions, roles and the CSIDriver object as the drivers' own manifests have them; the oldest first. */
function installDrivers(state: ClusterState): void {
  const kubeconfig = join(folder, "admin.kubeconfig");
  writeFileSync(kubeconfig, kubeconfigText(state.server, state.authority, state.admin));
  for (const version of ["1.4", "1.5", "1.6"] as const) {
    const deploy = join(state.programs.drivers[version], "deploy");
    const files = readdirSync(deploy).filter((name) => !name.startsWith("secrets-store-csi-driver"));
    const named = files.flatMap((name) => ["-f", join(deploy, name)]);
    must(state.programs.kubectl, ["--kubeconfig", kubeconfig, "apply", "--server-side", "--force-conflicts", ...named]);
  }
}

async function startCluster(): Promise<ClusterState> {
  const programs = JSON.parse(readFileSync(join(folder, "programs.json"), "utf8")) as Programs;
  const plane = await startControlPlane(folder, programs.kubernetes);
  const kubeletRoot = join(folder, "kubelet");
  const state: ClusterState = {
    folder,
    server: plane.server,
    authority: plane.authority,
    admin: plane.admin,
    auditLog: plane.auditLog,
    node: nodeName,
    pods: join(kubeletRoot, "pods"),
    csiSocket: join(kubeletRoot, "plugins", "csi.sock"),
    containers: join(folder, "containers"),
    programs: {
      kubectl: join(programs.kubernetes, "kubectl"),
      helm: programs.helm,
      drivers: { "1.6": programs["driver-1.6"], "1.5": programs["driver-1.5"], "1.4": programs["driver-1.4"] },
    },
  };
  mkdirSync(dirname(state.csiSocket), { recursive: true });
  installDrivers(state);
  await startKubelet(plane, state, join(programs.kubernetes, "kubelet"));
  return state;
}

function runTests(state: ClusterState): Promise<number> {
  const file = join(folder, "state.json");
  writeFileSync(file, JSON.stringify(state));
  const jest = join(root, "node_modules", "jest", "bin", "jest.js");
  const config = join(root, "jest.cluster.config.js");
  const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning", jest, "--config", config];
  const child = spawn(process.execPath, [...flags, "--runInBand", "--forceExit", ...words], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, [stateVariable]: file },
  });
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
}

function tellWhy(error: unknown): void {
  process.stderr.write(`the cluster did not start: ${error instanceof Error ? error.message : String(error)}\n`);
  for (const name of existsSync(join(folder, "logs")) ? readdirSync(join(folder, "logs")) : []) {
    const text = readFileSync(join(folder, "logs", name), "utf8");
    process.stderr.write(`--- ${name}\n${text.slice(-1500)}\n`);
  }
}

try {
  prepareMachine();
  const started = performance.now();
  prepareNetwork();
  const state = await startCluster();
  process.stdout.write(`the cluster runs after ${Math.round((performance.now() - started) / 1000)} s\n`);
  process.exit(await runTests(state));
} catch (error) {
  tellWhy(error);
  process.exit(1);
}
