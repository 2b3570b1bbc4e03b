import { setTimeout as wait } from "node:timers/promises";
import { FetchLayer } from "../fetch/fetch-layer.ts";
import { observeMount } from "../mount/observed-mount.ts";
import { createLog, type Log } from "../observe/log.ts";
import { createMetrics, type Metrics } from "../observe/metrics.ts";
import { drain } from "../serve/drain.ts";
import { startHealth, type Health } from "../serve/health.ts";
import { startProviderServer, type ProviderServer } from "../serve/server.ts";
import { StartError } from "../serve/start-error.ts";
import type { CliOutside, Command, ExitCode, Given } from "./command.ts";
import { compose, type Composition, type Plugged } from "./compose.ts";
import { chooseSettings, serveSettings, variableOf } from "./options.ts";
import { realOutside } from "./outside.ts";
import { parseServeOptions, type ServeOptions } from "./serve-options.ts";
import { commit, version } from "./version.ts";

/** What stays in memory of stores' answers at most. */
const keptBounds = { entries: 20_000, bytes: 64 << 20 };

/** How long Mounts in flight may go on after SIGTERM, in milliseconds; Kubernetes gives a pod 30 s by default. */
const grace = 20_000;

/** How often what nobody uses any more is dropped, in milliseconds. */
const sweepEvery = 30_000;

/** `keyferry serve`. */
export function createServeCommand(plugged: Plugged): Command {
  return {
    name: "serve",
    summary: "the daemon: answers the Secrets Store CSI driver",
    usage: "[OPTION ...]",
    options: serveSettings,
    notes: [
      "Each option is also an environment variable (--mount-timeout: KEYFERRY_MOUNT_TIMEOUT) and a key of the",
      "configuration file (mountTimeout); a flag beats the variable, the variable beats the file.",
    ],
    run: (given, _positionals, outside) => serve(given, outside, plugged),
  };
}

async function serve(given: Given, outside: CliOutside, plugged: Plugged): Promise<ExitCode> {
  const configFile = given.get("config")?.[0] ?? outside.env[variableOf({ flag: "config", value: "FILE", help: "" })];
  const composition = await compose(configFile, plugged);
  const file = { path: configFile ?? "", values: lists(composition) };
  const chosen = chooseSettings(serveSettings, given, outside.env, file);
  const known = composition.dialects.map(({ name }) => name);
  const options = parseServeOptions(chosen, known, outside.terminal);
  const { logLevel: level, logFormat: format } = options;
  const log = createLog({ level, format, write: (line) => outside.out(line), now: () => outside.now() });
  const metrics = createMetrics({ now: () => outside.now(), version, commit });
  try {
    await run(options, composition, log, metrics);
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    outside.err(`keyferry serve: ${error.message}\n`);
    return 1;
  }
}

function lists({ settings }: Composition): ReadonlyMap<string, readonly string[]> {
  return new Map([...settings].map(([key, value]) => [key, typeof value === "string" ? [value] : value]));
}

/** Serves until SIGTERM or SIGINT. Throws StartError when a socket or the health address cannot be had. */
async function run(options: ServeOptions, composition: Composition, log: Log, metrics: Metrics): Promise<void> {
  const stopped = stopSignal();
  log.info("starting", { version, commit, node: process.versions.node });
  const layer = createLayer(composition, log, metrics);
  const servers: ProviderServer[] = [];
  let health: Health | undefined;
  const stopSweeping = new AbortController();
  try {
    for (const directory of options.directories) {
      for (const name of options.serve) {
        servers.push(await startServer(name, directory, { options, composition, layer, log, metrics }));
      }
    }
    let draining = false;
    const { healthHost: host, healthPort: port } = options;
    const unready = () => (draining ? "stopping" : missingSocket(servers));
    health = await startHealth({ host, port, metrics, unready });
    void sweepNowAndThen(layer, stopSweeping.signal);
    log.info("ready", { address: health.address });
    log.info("signal received", { signal: await stopped });
    draining = true;
  } finally {
    await drain(servers, { grace, outside: realOutside, log });
    stopSweeping.abort();
    await health?.close();
  }
}

interface Parts {
  readonly options: ServeOptions;
  readonly composition: Composition;
  readonly layer: FetchLayer;
  readonly log: Log;
  readonly metrics: Metrics;
}

function startServer(name: string, directory: string, parts: Parts): Promise<ProviderServer> {
  const { options, composition, layer, log, metrics } = parts;
  const dialect = composition.dialects.find((one) => one.name === name);
  if (dialect === undefined) throw new StartError(`there is no provider ${name}`);
  const { mountTimeout: timeout, mostBytes } = options;
  const wiring = { dialect, policy: composition.config.policy, layer, outside: realOutside, timeout, mostBytes };
  const mount = observeMount(wiring, { log, metrics });
  return startProviderServer({ name, directory, version, mount, mostBytes, log, outside: realOutside });
}

/** The fetch layer with its counters. */
export function createLayer({ config }: Composition, log: Log, metrics: Metrics): FetchLayer {
  return new FetchLayer({
    outside: realOutside,
    freshness: config.refresh,
    bounds: keptBounds,
    observer: {
      answered: (kind, source, outcome) => {
        metrics.objectAnswered(kind, source);
        metrics.objectFetched(kind, outcome.kind === "failed" ? outcome.error.reason : outcome.kind);
        log.debug("object answered", { kind, outcome: source });
      },
      throttled: (kind) => {
        metrics.storeThrottled(kind);
        log.debug("store throttles", { kind });
      },
    },
  });
}

async function missingSocket(servers: readonly ProviderServer[]): Promise<string | undefined> {
  for (const server of servers) if (!(await server.held())) return `socket ${server.path} is not ours any more`;
  return undefined;
}

async function sweepNowAndThen(layer: FetchLayer, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await wait(sweepEvery, undefined, { signal, ref: false });
      layer.sweep();
    }
  } catch {
    // Stopped.
  }
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        resolve(signal);
      });
    }
  });
}
