import type { OperatorConfig } from "../config/config.ts";
import { FetchLayer } from "../fetch/fetch-layer.ts";
import type { KubeApi } from "../kube/api.ts";
import { nodeNameSetting } from "../kube/settings.ts";
import { Events } from "../kube/events.ts";
import { MountError } from "../model/error.ts";
import type { MountCall } from "../model/request.ts";
import { observeMount, type Observers } from "../mount/observed-mount.ts";
import { rememberPlans } from "../mount/plan-memory.ts";
import { VolumeWatch } from "../mount/volume-watch.ts";
import { compose } from "./compose.ts";
import { realClock } from "./runtime.ts";
import type { Plugins } from "./plugins.ts";
import type { Surroundings } from "./deps.ts";

/** What stays in memory of stores' answers at most. */
const keptBounds = { entries: 20_000, bytes: 64 << 20 };

/** Limits of one Mount. */
export interface PipelineLimits {
  /** Milliseconds. */
  readonly timeout: number;
  /** Largest encoded answer. */
  readonly maxBytes: number;
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
  const layer = createLayer(config, observers);
  const events = createEvents(kube, surroundings, observers);
  const watch = new VolumeWatch(realClock, (notice) => void events?.send(notice));
  observers.metrics.watch({ classes: () => watch.classes(), openCircuits: () => layer.openCircuits() });
  const calls = new Map(
    dialects.map((dialect) => {
      const stores = { layer, connectionOf, hmacKey, compute, makesTokens: kube !== undefined };
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

function createLayer({ refresh }: OperatorConfig, { log, metrics }: Observers): FetchLayer {
  return new FetchLayer({
    outside: realClock,
    freshness: refresh,
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
