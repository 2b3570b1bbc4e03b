import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import type { OperatorConfig } from "../../config/config.ts";
import type { MountError } from "../../model/error.ts";
import { createLog, type Log } from "../../observe/log.ts";
import { createMetrics, type MountOutcome, type Metrics } from "../../observe/metrics.ts";
import { drain } from "../../serve/grpc-socket/drain.ts";
import { openFolder } from "../../serve/grpc-socket/folder-mode.ts";
import { startHealth, type Health } from "../../serve/health.ts";
import { StreamTable } from "../../serve/last-line/stream-table.ts";
import { startProviderServer, type ProviderServer, type ProviderSettings } from "../../serve/server.ts";
import { StartError } from "../../serve/start-error.ts";
import { batchLines } from "./batched-lines.ts";
import { UsageError, type CliOutside, type ExitCode, type Given } from "../command.ts";
import { createMounting } from "./mounting.ts";
import { listenForStop } from "./stop-signals.ts";
import { settlesWithin } from "../../serve/settles-within.ts";
import { openWhenFree } from "./open-when-free.ts";
import { realClock } from "../../wiring/runtime.ts";
import type { Pipeline } from "../../wiring/pipeline.ts";
import type { Plugins } from "../../wiring/plugins.ts";
import { loadSettings } from "../../wiring/settings/load.ts";
import { problemText } from "../../wiring/settings/read.ts";
import { serveOptions, type ServeOptions } from "./options.ts";
import { commit, version } from "../version.ts";
import type { Surroundings } from "../../wiring/deps.ts";

/** How long Mounts in flight may go on after SIGTERM, in milliseconds; Kubernetes gives a pod 30 s by default. */
const grace = 20_000;

/** What a stop takes at most after the grace period, in milliseconds. */
const forcedEnd = 3000;

/** How long a reader of the log may take for its last lines, in milliseconds. */
const lastLines = 1000;

/** Runs the daemon until SIGTERM or SIGINT. Throws UsageError. */
export async function serve(given: Given, outside: CliOutside, plugins: Plugins): Promise<ExitCode> {
  // Memory stays where it is after the first Mounts, for a quarter of the throughput: docs/decisions/0003-memory.md.
  for (const flag of ["--semi-space-growth-factor=1", "--heap-growing-percent=20"]) setFlagsFromString(flag);
  const { config, daemon, values, problems } = await loadSettings(plugins, { flags: given, env: outside.env });
  if (problems.length > 0) throw new UsageError(problems.map(problemText).join("\n"));
  const options = serveOptions(daemon, values, outside.terminal);
  const { logLevel: level, logFormat: format } = options;
  const lines = batchLines({
    write: (text) => outside.out(text),
    pending: () => outside.pending(),
    dropped: (count) => log.warn("log lines dropped", { lines: count }),
  });
  process.once("exit", lines.flush);
  const log = createLog({ level, format, write: lines.write, now: () => outside.now() });
  const metrics = createMetrics({ now: () => outside.now(), version, commit });
  try {
    const surroundings = {
      env: outside.env,
      settings: values,
      cluster: true,
      onLogin: (kind: string, outcome: MountOutcome) => {
        metrics.loggedIn(kind, outcome);
      },
      onWork: (job: string, outcome: string) => {
        metrics.workEnded(job, outcome);
      },
      noHmacKey: ({ message }: MountError) => {
        log.warn("no key for object versions", { problem: message });
      },
    };
    await run({ options, config, plugins, log, metrics, surroundings });
    lines.flush();
    // Output that nobody takes keeps the process alive; a stalled log pipe must not do that to a stopped daemon.
    if (!(await settlesWithin(allTaken(outside), lastLines, realClock))) process.exit(0);
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    outside.err(`keyferry serve: ${error.message}\n`);
    return 1;
  }
}

interface Parts {
  readonly options: ServeOptions;
  readonly config: OperatorConfig;
  readonly plugins: Plugins;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly surroundings: Surroundings;
}

async function allTaken(outside: CliOutside): Promise<void> {
  while (outside.pending() > 0) await wait(20, undefined, { ref: false });
}

async function run(parts: Parts): Promise<void> {
  const { options, log, metrics } = parts;
  const stopped = listenForStop(process, {
    grace: grace + forcedEnd,
    now: () => performance.now(),
    repeated: (signal, count) => log.info("signal received again", { signal, attempt: count }),
  });
  log.info("starting", { version, commit, node: process.versions.node });
  const servers: ProviderServer[] = [];
  const streams = new StreamTable();
  let state: "starting" | "waiting" | "serving" | "stopping" = "starting";
  let health: Health | undefined;
  const mounting = createMounting({
    metrics,
    pipeline: () => loadPipeline(parts),
    defence: async () => {
      const { startDefence } = await import("../../wiring/last-line/defence.ts");
      const abort = (error: MountError) => servers.forEach((server) => server.abort(error));
      const { memoryLimit, logFormat: format } = options;
      return startDefence({ table: streams, log, format, abort, memoryLimit });
    },
  });
  try {
    // A daemon that waits for its predecessor to go is as ready as it can be: the rollout goes on once it says so.
    const unready = () => (state === "waiting" ? undefined : state === "serving" ? missingSocket(servers) : state);
    const { hopeless } = mounting;
    health = await startHealth({ host: options.healthHost, port: options.healthPort, metrics, unready, hopeless });
    const { address } = health;
    const waiting = (problem: string) => {
      state = "waiting";
      log.info("standing by", { problem, address });
    };
    const patience = { patience: options.waitForSocket, outside: realClock, stopped, waiting };
    for (const directory of options.directories) {
      const open = await openFolder(directory);
      if (open !== undefined) log.warn("providers folder open to all users", { directory, ...open });
      for (const name of options.serve) {
        const server = await openWhenFree(
          () => startServer({ name, directory, mount: mounting.mount(name), streams }, parts),
          patience,
        );
        if (server === undefined) return;
        servers.push(server);
      }
    }
    state = "serving";
    log.info("ready", { address });
    log.info("signal received", { signal: await stopped });
    state = "stopping";
  } finally {
    await drain(servers, { grace, outside: realClock, log });
    mounting.stop();
    await health?.close();
  }
}

async function loadPipeline({ options, config, plugins, log, metrics, surroundings }: Parts): Promise<Pipeline> {
  const { createPipeline } = await import("../../wiring/pipeline.ts");
  const { processMemory } = await import("../../wiring/memory-limit.ts");
  const memory = processMemory(options.memoryLimit);
  const limits = { timeout: options.mountTimeout, maxBytes: options.maxBytes, memory };
  return createPipeline(config, plugins, limits, { log, metrics }, surroundings);
}

function startServer(
  own: Pick<ProviderSettings, "name" | "directory" | "mount" | "streams">,
  { options, log, metrics }: Parts,
): Promise<ProviderServer> {
  const socketLost = () => metrics.socketLost(own.name);
  return startProviderServer({
    ...own,
    version,
    mostBytes: options.maxBytes,
    log,
    outside: realClock,
    socketLost,
  });
}

async function missingSocket(servers: readonly ProviderServer[]): Promise<string | undefined> {
  for (const server of servers) if (!(await server.held())) return `socket ${server.path} is not ours any more`;
  return undefined;
}
