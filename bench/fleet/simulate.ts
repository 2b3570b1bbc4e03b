import { VirtualClock } from "../../test/fakes/virtual-clock.ts";
import type { Policy } from "./policies.ts";
import { SimulatedStore, type StoreSettings } from "./store.ts";

export interface Scenario {
  readonly name: string;
  readonly nodes: number;
  readonly podsPerNode: number;
  /** Service accounts on a node; pods are spread over them evenly. */
  readonly identities: number;
  readonly objects: number;
  /** Milliseconds over which the pods start. */
  readonly startWithin: number;
  /** So many nodes are drained at this time, their pods started again on others; milliseconds after the start. */
  readonly drain?: { readonly at: number; readonly nodes: number };
  /** Milliseconds simulated. */
  readonly span: number;
  readonly store: StoreSettings;
}

export interface Measured {
  readonly calls: number;
  /** In the second half of the span. */
  readonly callsPerMinute: number;
  /** Calls in the busiest second. */
  readonly peak: number;
  readonly refused: number;
  /** Milliseconds from a pod's first try to its first mounted volume. */
  readonly firstMount: { readonly p50: number; readonly p99: number; readonly never: number };
  /** Repeated Mounts that failed, as a share of all. */
  readonly failedRepeats: number;
  /** Age of the oldest object in an answer to a repeated Mount, in milliseconds. */
  readonly oldest: number;
}

/** kubelet: a failed first mount is tried again from 0.5 s on, doubling up to 2 min 2 s. */
const kubeletBackoff = { first: 500, longest: 122_000 };

interface Tally {
  readonly firstMounts: number[];
  waiting: number;
  repeats: number;
  failed: number;
  oldest: number;
}

/** Runs one scenario under one policy on a virtual clock; the same seed gives the same figures. */
export async function simulate(scenario: Scenario, policy: Policy): Promise<Measured> {
  const clock = new VirtualClock();
  const store = new SimulatedStore(clock, scenario.store);
  const tally: Tally = { firstMounts: [], waiting: 0, repeats: 0, failed: 0, oldest: 0 };
  const end = new AbortController();
  const start = clock.now();
  const nodes = Array.from({ length: scenario.nodes }, () => policy(clock, store));
  nodes.forEach((own, node) => {
    const { at, nodes: drained } = scenario.drain ?? { at: Infinity, nodes: 0 };
    const next = nodes[(node + drained) % nodes.length] ?? own;
    for (let pod = 0; pod < scenario.podsPerNode; pod += 1) {
      const identity = pod % scenario.identities;
      const one = { name: `p${pod}`, namespace: "shop", uid: `${node}-${pod}`, serviceAccount: `sa${identity}` };
      const objects = Array.from({ length: scenario.objects }, (_, index) => `object-${index}`);
      const moveAt = node < drained ? start + at : Infinity;
      const mount = () => own(one, objects);
      const elsewhere = () => next({ ...one, uid: `${one.uid} again` }, objects);
      const life = { clock, tally, end: end.signal, startWithin: scenario.startWithin, moveAt, mount, elsewhere };
      livePod(life).catch(() => undefined);
    }
  });
  await clock.advance(scenario.span);
  end.abort(new Error("over"));
  return summarise(scenario, store, tally);
}

interface Life {
  readonly clock: VirtualClock;
  readonly tally: Tally;
  readonly end: AbortSignal;
  readonly startWithin: number;
  /** When the node is drained. */
  readonly moveAt: number;
  readonly mount: () => Promise<readonly number[] | undefined>;
  /** The same on the node where the pod starts again. */
  readonly elsewhere: () => Promise<readonly number[] | undefined>;
}

/** A pod's volume: mounted once it can be, then republished every 60 to 90 s. */
async function livePod(life: Life): Promise<void> {
  const { clock, tally, end } = life;
  await clock.sleep(clock.random() * life.startWithin, end);
  await firstMount(life, life.mount);
  let { mount } = life;
  for (;;) {
    await clock.sleep(60_000 + clock.random() * 30_000, end);
    if (mount !== life.elsewhere && clock.now() >= life.moveAt) {
      mount = life.elsewhere;
      await firstMount(life, mount);
      continue;
    }
    const readAt = await mount();
    tally.repeats += 1;
    if (readAt === undefined) tally.failed += 1;
    else tally.oldest = Math.max(tally.oldest, clock.now() - Math.min(...readAt));
  }
}

async function firstMount({ clock, tally, end }: Life, mount: Life["mount"]): Promise<void> {
  const started = clock.now();
  tally.waiting += 1;
  let wait = kubeletBackoff.first;
  while ((await mount()) === undefined) {
    await clock.sleep(wait * (0.9 + clock.random() / 5), end);
    wait = Math.min(kubeletBackoff.longest, wait * 2);
  }
  tally.waiting -= 1;
  tally.firstMounts.push(clock.now() - started);
}

function summarise(scenario: Scenario, store: SimulatedStore, tally: Tally): Measured {
  const half = Math.floor(scenario.span / 2000);
  const later = store.perSecond.slice(half).reduce((sum, count) => sum + count, 0);
  const sorted = tally.firstMounts.toSorted((a, b) => a - b);
  const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
  return {
    calls: store.calls,
    callsPerMinute: later / (scenario.span / 120_000),
    peak: store.perSecond.reduce((most, count) => Math.max(most, count), 0),
    refused: store.refused,
    firstMount: { p50: quantile(0.5), p99: quantile(0.99), never: tally.waiting },
    failedRepeats: tally.repeats === 0 ? 0 : tally.failed / tally.repeats,
    oldest: tally.oldest,
  };
}
