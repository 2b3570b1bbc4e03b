import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { freePort } from "../../real/free-port.ts";
import { at, pathOf, type KubeApi, type KubeObject } from "./api.ts";
import { eventuallyTrue } from "./eventually.ts";
import { makeNamespace } from "./objects.ts";
import type { ClusterState } from "./state.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const chart = join(root, "deploy", "helm", "keyferry");

/** The release's namespace. */
export const releaseNamespace = "keyferry";

export interface DaemonPod {
  readonly name: string;
  /** `http://127.0.0.1:PORT` of health and metrics. */
  readonly health: string;
  /** Lines of its log so far; of every process that the container has been. */
  log(): readonly Readonly<Record<string, unknown>>[];
  /** Process id of the daemon; undefined while none runs. */
  pid(): number | undefined;
  metrics(): Promise<string>;
  /** Runs the command line where the daemon runs: same root, user, variables. */
  exec(words: readonly string[]): { readonly status: number | null; readonly said: string };
  isReady(): Promise<boolean>;
  /** Asks kubelet to end the pod, if it is still there; resolves once it has. */
  remove(): Promise<void>;
}

export interface Release {
  /** Everything that the chart rendered. */
  readonly manifests: readonly KubeObject[];
  /** A pod as the DaemonSet describes it, once it is ready. */
  addPod(): Promise<DaemonPod>;
  /** Deletes everything that the chart rendered. */
  uninstall(): Promise<void>;
}

/** Values of the chart, besides those that name the image and the port. */
export type Values = Readonly<Record<string, unknown>>;

/** What the chart renders. Throws with what helm says. */
export function renderChart(state: ClusterState, values: Values, port: number): readonly KubeObject[] {
  const folder = mkdtempSync(join(state.folder, "values-"));
  const own = { image: { repository: "registry.example.com/keyferry" }, health: { host: "127.0.0.1", port } };
  writeFileSync(join(folder, "own.yaml"), JSON.stringify(own));
  writeFileSync(join(folder, "values.yaml"), JSON.stringify(values));
  const files = ["own.yaml", "values.yaml"].flatMap((name) => ["-f", join(folder, name)]);
  const words = ["template", "keyferry", chart, "--namespace", releaseNamespace, "--kube-version", "1.37.0", ...files];
  const { status, stdout, stderr } = spawnSync(state.programs.helm, words, { encoding: "utf8", maxBuffer: 64 << 20 });
  if (status !== 0) throw new Error(`helm template: ${stderr}`);
  return parseAllDocuments(stdout).flatMap((document) => {
    const value = document.toJS() as KubeObject | null;
    return value === null ? [] : [value];
  });
}

let pods = 0;

/** Installs the chart: everything it renders is applied, and its pods are made where the DaemonSet controller would. */
export async function installChart(api: KubeApi, state: ClusterState, values: Values = {}): Promise<Release> {
  const manifests = renderChart(state, values, await freePort());
  await makeNamespace(api, releaseNamespace);
  // Controllers publish it in a real cluster.
  await api.apply({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "kube-root-ca.crt", namespace: releaseNamespace },
    data: { "ca.crt": readFileSync(state.authority, "utf8") },
  });
  for (const manifest of manifests) await api.apply(manifest);
  return {
    manifests,
    uninstall: async () => {
      for (const manifest of manifests) await api.ask("DELETE", pathOf(manifest));
    },
    addPod: async () => {
      const port = await freePort();
      const set = renderChart(state, values, port).find(({ kind }) => kind === "DaemonSet");
      pods += 1;
      const name = `keyferry-${process.pid}-${pods}`;
      const template = at(set, "spec", "template") as KubeObject;
      const metadata = { ...(template["metadata"] as KubeObject), name, namespace: releaseNamespace };
      const spec = { ...(template["spec"] as KubeObject), nodeName: state.node };
      await api.do("POST", `/api/v1/namespaces/${releaseNamespace}/pods`, {
        apiVersion: "v1",
        kind: "Pod",
        metadata,
        // Its class is among those that the API server makes itself.
        spec,
      });
      const pod = watchDaemon(api, state, name, port);
      await eventuallyTrue(`${name} is ready`, pod.isReady).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${JSON.stringify(pod.log().slice(-5))}`);
      });
      return pod;
    },
  };
}

function watchDaemon(api: KubeApi, state: ClusterState, name: string, port: number): DaemonPod {
  const base = join(state.containers, `${name}_keyferry`);
  const health = `http://127.0.0.1:${port}`;
  const path = `/api/v1/namespaces/${releaseNamespace}/pods/${name}`;
  const pid = (): number | undefined =>
    existsSync(`${base}.pid`) ? Number(readFileSync(`${base}.pid`, "utf8")) : undefined;
  return {
    name,
    health,
    log: () => (existsSync(`${base}.log`) ? readFileSync(`${base}.log`, "utf8").split("\n").flatMap(parseLine) : []),
    pid,
    metrics: async () => (await fetch(`${health}/metrics`)).text(),
    exec: (words) => execBeside(pid() ?? 0, words),
    isReady: async () => (await fetch(`${health}/readyz`).catch(() => undefined))?.status === 200,
    remove: async () => {
      const { status, body } = await api.ask("DELETE", path);
      if (status >= 300 && status !== 404) throw new Error(`DELETE ${path}: ${status} ${String(body["message"])}`);
      await eventuallyTrue(`${name} has gone`, async () => pid() === undefined && (await api.get(path)) === undefined);
    },
  };
}

/** As kubectl exec would: in the namespaces and the root of the process, with its user and variables. */
function execBeside(pid: number, words: readonly string[]): { readonly status: number | null; readonly said: string } {
  const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const id = (name: string): string => new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? "0";
  const result = spawnSync(
    "nsenter",
    [
      ...["--target", String(pid), "--mount", "--pid", "--root", "--wd", "/usr/bin/env", "-i", ...variables],
      ...["/usr/bin/setpriv", "--reuid", id("Uid"), "--regid", id("Gid"), "--clear-groups", "--bounding-set", "-all"],
      ...["--no-new-privs", "/nodejs/bin/node", "/opt/keyferry/main.js", ...words],
    ],
    { encoding: "utf8", env: {} },
  );
  return { status: result.status, said: `${result.stdout}${result.stderr}${result.error?.message ?? ""}` };
}

function parseLine(line: string): readonly Readonly<Record<string, unknown>>[] {
  if (line === "") return [];
  return [line.startsWith("{") ? (JSON.parse(line) as Readonly<Record<string, unknown>>) : { message: line }];
}
