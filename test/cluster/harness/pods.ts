import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { at, type KubeApi, type KubeObject } from "./api.ts";
import { eventually, eventuallyTrue } from "./eventually.ts";
import { podWithVolume, volumeName, type PodSettings } from "./objects.ts";
import type { ClusterState } from "./state.ts";

/** An Event, shortened. */
export interface ShownEvent {
  readonly reason: string;
  readonly message: string;
  readonly type: string;
  readonly count: number;
  /** Who reported it. */
  readonly source: string;
}

/** A pod of the cluster and its volume. */
export interface RunningPod {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Folder that is the volume. */
  readonly volume: string;
  phase(): Promise<string>;
  /** Resolves once its containers run. */
  runs(patience?: number): Promise<void>;
  /** Whether the driver has mounted a file system there. */
  isMounted(): boolean;
  /** Contents by path; the driver's own folders are left out. */
  files(): Readonly<Record<string, Buffer>>;
  /** Permission bits by path. */
  modes(): Readonly<Record<string, number>>;
  text(path: string): string | undefined;
  events(): Promise<readonly ShownEvent[]>;
  /** The first Event that `matches`, once there is one. */
  event(what: string, matches: (event: ShownEvent) => boolean, patience?: number): Promise<ShownEvent>;
  /** `id=version` of its status object. */
  versions(): Promise<Readonly<Record<string, string>>>;
  /** Deletes it; resolves once the volume has gone. */
  remove(): Promise<void>;
}

/** Creates a pod; does not wait for it. */
export async function createPod(api: KubeApi, state: ClusterState, settings: PodSettings): Promise<RunningPod> {
  const path = `/api/v1/namespaces/${settings.namespace}/pods`;
  const created = await api.do("POST", path, podWithVolume(state, settings));
  const uid = String(at(created, "metadata", "uid"));
  return watchPod(api, state, settings, uid);
}

function watchPod(api: KubeApi, state: ClusterState, settings: PodSettings, uid: string): RunningPod {
  const { name, namespace } = settings;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  const volume = join(state.pods, uid, "volumes", "kubernetes.io~csi", volumeName, "mount");
  const phase = async (): Promise<string> => String(at(await api.get(path), "status", "phase"));
  const events = async (): Promise<readonly ShownEvent[]> => {
    const query = `fieldSelector=involvedObject.uid%3D${uid}`;
    return (await api.list(`/api/v1/namespaces/${namespace}/events?${query}`)).map(shorten);
  };
  return {
    name,
    namespace,
    uid,
    volume,
    phase,
    runs: (patience) =>
      eventuallyTrue(
        `pod ${name} runs`,
        async () => {
          const seen = await phase();
          if (seen === "Running") return true;
          throw new Error(`${seen}; ${(await events()).map(({ message }) => message).join("; ")}`);
        },
        patience,
      ),
    isMounted: () => mountPoints().has(volume),
    files: () => Object.fromEntries(visiblePaths(volume).map((one) => [one, readFileSync(join(volume, one))])),
    modes: () => Object.fromEntries(visiblePaths(volume).map((one) => [one, modeOf(volume, one)])),
    text: (one) => (existsSync(join(volume, one)) ? readFileSync(join(volume, one), "utf8") : undefined),
    events,
    event: (what, matches, patience) => eventually(what, async () => (await events()).find(matches), patience),
    versions: async () => {
      const group = `/apis/secrets-store.csi.x-k8s.io/v1/namespaces/${namespace}/secretproviderclasspodstatuses`;
      const status = await api.get(`${group}/${name}-${namespace}-${settings.secretProviderClass}`);
      const objects = (at(status, "status", "objects") ?? []) as readonly { id: string; version: string }[];
      return Object.fromEntries(objects.map(({ id, version }) => [id, version]));
    },
    remove: async () => {
      await api.do("DELETE", path);
      await eventuallyTrue(`the volume of ${name} has gone`, () => !existsSync(volume));
    },
  };
}

/** Where file systems are mounted now. */
export function mountPoints(): ReadonlySet<string> {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").trimEnd().split("\n");
  return new Set(lines.map((line) => line.split(" ")[4] ?? ""));
}

function visiblePaths(volume: string): readonly string[] {
  const live = join(volume, "..data");
  if (!existsSync(live)) return [];
  // The link itself would not be walked.
  return readdirSync(`${live}/`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(live.length + 1))
    .sort();
}

function modeOf(volume: string, path: string): number {
  return lstatSync(join(volume, "..data", path)).mode & 0o7777;
}

function shorten(event: KubeObject): ShownEvent {
  return {
    reason: String(event["reason"]),
    message: String(event["message"]),
    type: String(event["type"]),
    count: Number(event["count"] ?? at(event, "series", "count") ?? 1),
    source: String(at(event, "source", "component") ?? event["reportingComponent"]),
  };
}
