import { setTimeout as wait } from "node:timers/promises";
import type { MountError } from "../../model/error.ts";
import type { MountCall } from "../../model/request.ts";
import type { Metrics } from "../../observe/metrics.ts";
import type { Pipeline } from "../../wiring/pipeline.ts";
import type { Defence } from "../../wiring/last-line/defence.ts";

/** What answers Mounts, and what defends it, both loaded by the first Mount: a node without any pays nothing for them. */
export interface MountingSettings {
  pipeline(): Promise<Pipeline>;
  defence(): Promise<Defence>;
  readonly metrics: Pick<Metrics, "mountStarted">;
}

/** Mounts of every dialect. */
export interface Mounting {
  mount(dialect: string): MountCall;
  /** Why only a restart helps; undefined when it is not needed. */
  hopeless(): string | undefined;
  stop(): void;
}

/** How often what nobody uses any more is dropped, in ms. */
const sweepEvery = 30_000;

/** Loads on the first Mount, then passes Mounts on as long as they can be taken. */
export function createMounting({ pipeline, defence, metrics }: MountingSettings): Mounting {
  const end = new AbortController();
  let loading: Promise<Pipeline> | undefined;
  let defending: Defence | undefined;
  const load = async () => {
    const loaded = await pipeline();
    defending = await defence();
    if (end.signal.aborted) defending.stop();
    void sweepNowAndThen(loaded, end.signal);
    return loaded;
  };
  const refuse = (dialect: string, refusal: MountError): never => {
    metrics.mountStarted(dialect)(refusal.reason);
    throw refusal;
  };
  return {
    mount: (dialect) => async (request, limits) => {
      const refusal = await defending?.admit(limits.signal);
      if (refusal !== undefined) refuse(dialect, refusal);
      return (await (loading ??= load())).mount(dialect)(request, limits);
    },
    hopeless: () => defending?.hopeless(),
    stop: () => {
      end.abort();
      defending?.stop();
    },
  };
}

async function sweepNowAndThen(pipeline: Pipeline, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await wait(sweepEvery, undefined, { signal, ref: false });
      pipeline.sweep();
    }
  } catch {
    // Stopped.
  }
}
