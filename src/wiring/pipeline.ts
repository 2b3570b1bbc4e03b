import { SharedThread } from "../compute/shared-thread.ts";
import type { OperatorConfig } from "../config/config.ts";
import { byteLimits } from "../fetch/bytes.ts";
import { FetchLayer, type FetchLayerOptions } from "../fetch/fetch-layer.ts";
import type { KubeApi } from "../kube/api.ts";
import { readPodAnnotation } from "../kube/pod-annotation.ts";
import { nodeNameSetting } from "../kube/settings.ts";
import { Events } from "../kube/events.ts";
import { MountError } from "../model/error.ts";
import type { MountCall } from "../model/request.ts";
import { observeMount, type Observers } from "../mount/observed-mount.ts";
import type { ReadAnnotation } from "../mount/annotation.ts";
import { rememberPlans } from "../mount/plan-memory.ts";
import { VolumeWatch } from "../mount/volume-watch.ts";
import { compose } from "./compose.ts";
import { realClock } from "./runtime.ts";
import type { Plugins } from "./plugins.ts";
import type { Surroundings } from "./deps.ts";

/** What is cached of stores' answers at most: entries, and the part of the process's memory. */
const cacheBounds = { entries: 20_000, partOfMemory: 1 / 10 };

/** Limits of one Mount. */
export interface PipelineLimits {
  /** Milliseconds. */
  readonly timeout: number;
  /** Largest encoded answer. */
  readonly maxBytes: number;
  /** What the process may use, in bytes; budgets are parts of it. */
  readonly memory: number;
}

/** The way of a Mount below the sockets. */
export interface Pipeline {
  /** Answers Mounts of one dialect; one that is not wired fails them all. */
  mount(dialect: string): MountCall;
  /** Drops what nobody uses any more. */
  sweep(): void;
}

/** Wires stores, dialects, the fetch layer and the Mount path. */
export async function createPipeline(
  config: OperatorConfig,
  plugins: Plugins,
  limits: PipelineLimits,
  observers: Observers,
  surroundings: Surroundings,
): Promise<Pipeline> {
  const composed = await compose(config, plugins, surroundings, (key, problem) => {
    observers.log.warn("key skipped", { object: key, problem });
  });
  const { dialects, tend, kube, connectionOf, hmacKey, compute } = composed;
  const layer = createLayer(config, limits, composed.metered, observers);
  const events = createEvents(kube, surroundings, observers);
  const watch = new VolumeWatch(realClock, (notice) => void events?.send(notice));
  observers.metrics.watch({ classes: () => watch.classes(), openCircuits: () => layer.openCircuits() });
  const thread = new SharedThread(realClock);
  const calls = new Map(
    dialects.map((dialect) => {
      const readAnnotation = annotationReader(kube);
      const stores = { layer, readAnnotation, connectionOf, hmacKey, compute, thread, makesTokens: kube !== undefined };
      const shared = { policy: config.policy, ...stores, outside: realClock, ...limits };
      return [dialect.name, observeMount({ dialect: rememberPlans(dialect), ...shared }, observers, watch)];
    }),
  );
  return {
    mount: (dialect) => calls.get(dialect) ?? notWired,
    sweep: () => {
      layer.sweep();
      watch.sweep();
      void events?.sweep();
      tend();
    },
  };
}

/** How pods' annotations are read, where there is a cluster to ask. */
function annotationReader(api: KubeApi | undefined): ReadAnnotation {
  if (api !== undefined) return (pod, name, signal) => readPodAnnotation(api, pod, name, signal);
  const text = "there is no Kubernetes API to read pods from; run the daemon in a cluster, or set --kubeconfig";
  return () => Promise.reject(new MountError("not_configured", text));
}

/** What tells the owners of pods, where there is a cluster to tell it to. */
function createEvents(
  api: KubeApi | undefined,
  { settings }: Surroundings,
  { log, metrics }: Observers,
): Events | undefined {
  if (api === undefined) return undefined;
  return new Events({
    api,
    outside: realClock,
    node: settings.get(nodeNameSetting),
    ended: (outcome) => {
      metrics.eventEnded(outcome);
    },
    refused: ({ message }) => {
      log.info("events are not sent", { problem: message });
    },
  });
}

const notWired: MountCall = () => Promise.reject(new MountError("internal", "the provider is not wired"));

function createLayer(
  { refresh }: OperatorConfig,
  { timeout, maxBytes, memory }: PipelineLimits,
  metered: FetchLayerOptions["metered"],
  { log, metrics }: Observers,
): FetchLayer {
  return new FetchLayer({
    clock: realClock,
    freshness: refresh,
    bounds: { entries: cacheBounds.entries, bytes: Math.floor(memory * cacheBounds.partOfMemory) },
    bytes: byteLimits(memory, maxBytes),
    maxRetryAfter: timeout,
    metered,
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
