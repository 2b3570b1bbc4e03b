import type { Pod } from "../../src/model/pod.ts";
import type { Session } from "../../src/model/session.ts";
import type { VirtualClock } from "../../test/fakes/virtual-clock.ts";
import type { StoreConnection } from "../../src/model/store.ts";
import { sessionFor } from "../../test/fakes/connected.ts";
import { createLayer } from "../../test/fakes/layer.ts";
import type { SimulatedStore } from "./store.ts";

/** What one Mount came to: when each object it was given was read, or undefined when it failed. */
export type MountOnce = (pod: Pod, objects: readonly string[]) => Promise<readonly number[] | undefined>;

/** How one node's provider asks the store. */
export type Policy = (clock: VirtualClock, store: SimulatedStore) => MountOnce;

/** Longest time for a Mount, in milliseconds. */
const limit = 90_000;

function sessionOf(store: SimulatedStore, pod: Pod): Session<unknown> {
  return sessionFor(store, null, pod);
}

/** One call per object per Mount, one after the other, nothing shared, nothing repeated: today's providers. */
export const oneCallEach: Policy = (_clock, store) => async (pod, objects) => {
  const readAt: number[] = [];
  for (const object of objects) {
    const [outcome] = await store.fetch([object], sessionOf(store, pod), new AbortController().signal);
    if (outcome?.kind !== "found") return undefined;
    readAt.push(Number(outcome.version));
  }
  return readAt;
};

/** The real fetch layer with its defaults. */
export const keyferry: Policy = (clock, store) => {
  const layer = createLayer(clock);
  return async (pod, objects) => {
    const timeout = new AbortController();
    const stop = new AbortController();
    const deadline = clock.monotonic() + limit;
    clock.sleep(limit, stop.signal).then(
      () => timeout.abort(new Error("timeout")),
      () => undefined,
    );
    const reads = objects.map((name) => store.read(name));
    const source = { kind: store.kind, description: store.describe(), connection: store as StoreConnection };
    const bytes = layer.open(pod.namespace);
    try {
      const order = { source, session: sessionOf(store, pod), reads, volume: pod.uid, deadline, bytes };
      await bytes.expect(layer.expectedBytes([order]), timeout.signal);
      const answers = await layer.fetch(order, timeout.signal);
      const readAt = answers.flatMap(({ outcome }) => (outcome.kind === "found" ? Number(outcome.version) : []));
      if (readAt.length < objects.length) return undefined;
      layer.mounted(pod.uid);
      return readAt;
    } catch {
      return undefined;
    } finally {
      bytes.close();
      stop.abort();
      layer.sweep();
    }
  };
};
