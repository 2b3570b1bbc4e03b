import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { findingsOf, type Finding } from "./finding.ts";
import { ownRuntime, probeSocket, type Probe } from "./probe-socket.ts";

const { ok, warning, problem, skipped } = findingsOf("sockets");

/** Which sockets to look at. */
export interface SocketSettings {
  /** Where the driver looks, in its order. */
  readonly driverDirs: readonly string[];
  /** Where the daemon opens its sockets. */
  readonly ownDirs: readonly string[];
  /** Names of the dialects that the daemon serves. */
  readonly serve: readonly string[];
  /** Milliseconds for an answer. */
  readonly limit: number;
  now(): number;
}

/** A socket's path, and what is there. */
interface Seen {
  readonly path: string;
  readonly probe: Probe;
}

/** The driver chooses a folder for a name once in its life. */
const restart = "restart the driver's pod there, since it stays with the path that it took first";

/** Most sockets of a folder that are looked at. */
const mostSockets = 64;

/** For each served name the socket that the driver takes, then every other socket of the folders. */
export async function checkSockets(settings: SocketSettings): Promise<readonly Finding[]> {
  const { driverDirs, ownDirs, serve, limit } = settings;
  const folders = [...new Set([...driverDirs, ...ownDirs])];
  const paths = (await Promise.all(folders.map(socketsOf))).flat();
  const probes = await Promise.all(
    paths.map(async (path): Promise<Seen> => ({ path, probe: await probeSocket(path, settings.now, limit) })),
  );
  const present = probes.filter(({ probe }) => probe.kind !== "absent");
  const served = serve.flatMap((name) => checkName(name, settings, present));
  const others = present.filter(({ path }) => !serve.includes(basename(path, ".sock"))).map(checkOther);
  return [...served, ...others];
}

async function socketsOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const sockets = names.filter((name) => name.endsWith(".sock")).sort();
  return sockets.slice(0, mostSockets).map((name) => join(folder, name));
}

/** The driver takes the first folder where the path exists, and asks nobody whether somebody listens. */
function checkName(name: string, { driverDirs }: SocketSettings, present: readonly Seen[]): readonly Finding[] {
  const subject = `provider ${name}`;
  const order = driverDirs.map((folder) => join(folder, `${name}.sock`));
  const known = order.flatMap((path) => present.filter((one) => one.path === path));
  const [picked, ...later] = known;
  if (picked === undefined) {
    const elsewhere = present.find(({ path }) => basename(path) === `${name}.sock`);
    const but = elsewhere === undefined ? "" : `; there is one at ${elsewhere.path}, where it does not look`;
    const what = `the driver finds no ${name}.sock in ${driverDirs.join(", ")}${but}`;
    return [problem(subject, what, `start the daemon with --serve ${name} and --providers-dir one of those folders`)];
  }
  return [checkPicked(subject, picked, later), ...modeOf(picked), ...later.flatMap(checkLater)];
}

function checkPicked(subject: string, { path, probe }: Seen, later: readonly Seen[]): Finding {
  const live = later.find((one) => isOurs(one.probe));
  const instead = live === undefined ? "" : `, although ${live.path} is served`;
  switch (probe.kind) {
    case "absent":
    case "stale":
      return problem(
        subject,
        `the driver takes ${path}, where nobody listens${instead}: each Mount hangs for two minutes`,
        `serve into that folder, too (--providers-dir), which replaces it; or rm ${path} on the node, and ${restart}`,
      );
    case "not-a-socket":
      return problem(
        subject,
        `the driver takes ${path}, which is no socket${instead}`,
        `rm ${path} on the node, and ${restart}`,
      );
    case "hidden":
      return problem(
        subject,
        `the driver takes ${path}, which this user may not look at (${probe.problem})`,
        "if that is not the daemon's user, another provider made it: remove its DaemonSet and the file; else run this as it",
      );
    case "dumb":
      return problem(
        subject,
        `the driver takes ${path}, whose process ${probe.problem}`,
        `find it on the node (ss -xlp) and restart it, or stop it and remove ${path}`,
      );
    case "live":
      if (isOurs(probe)) return ok(subject, `the driver takes ${path}, where ${nameOf(probe)} answers`);
      return problem(
        subject,
        `the driver takes ${path}, where ${nameOf(probe)} answers, not Keyferry${instead}`,
        live === undefined
          ? "remove that provider's DaemonSet from this node; a daemon with --wait-for-socket then takes its place"
          : `remove that provider's DaemonSet and ${path} from this node, and ${restart}`,
      );
  }
}

/** Only the daemon's own socket is its business. */
function modeOf({ path, probe }: Seen): readonly Finding[] {
  if (!isOurs(probe) || (probe.mode & 0o077) === 0) return [];
  const mode = (probe.mode & 0o777).toString(8).padStart(4, "0");
  return [warning(path, `has mode ${mode}: others than the daemon's user and root may call it`, `chmod 0600 ${path}`)];
}

/** What lies behind the one that the driver takes. */
function checkLater(seen: Seen): readonly Finding[] {
  const { path, probe } = seen;
  if (probe.kind === "stale") return [staleOne(seen)];
  if (probe.kind !== "live" || isOurs(probe)) return modeOf(seen);
  const what = `${nameOf(probe)} answers there, too; a driver that has asked it before stays with it until it restarts`;
  return [warning(path, what, `remove that provider's DaemonSet from this node, and ${restart}`)];
}

/** A socket of a name that the daemon does not serve. */
function checkOther(seen: Seen): Finding {
  const { path, probe } = seen;
  switch (probe.kind) {
    case "live":
      return ok(path, `${nameOf(probe)} answers; the daemon does not serve this name`);
    case "stale":
    case "absent":
      return staleOne(seen);
    case "not-a-socket":
      return warning(path, "is no socket, but the driver takes it for one", `on the node: rm ${path}`);
    case "hidden":
      return skipped(path, `this user may not look at it (${probe.problem})`, "run this as root on the node");
    case "dumb":
      return warning(path, `its process ${probe.problem}`, "look at the provider of that name");
  }
}

function staleOne({ path }: Seen): Finding {
  return warning(path, "nobody listens there; a Mount that is sent there hangs", `on the node: rm ${path}`);
}

function isOurs(probe: Probe): probe is Extract<Probe, { kind: "live" }> {
  return probe.kind === "live" && probe.runtime === ownRuntime;
}

function nameOf({ runtime, version }: Extract<Probe, { kind: "live" }>): string {
  return `${runtime} ${version}`.trim();
}
