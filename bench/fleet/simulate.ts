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
  /** Most changes of an object that a mounted volume lagged behind at a repeated Mount. */
  readonly mostBehind: number;
}

/** kubelet: a failed first mount is tried again from 0.5 s on, doubling up to 2 min 2 s. */
const kubeletBackoff = { first: 500, longest: 122_000 };

interface Tally {
  readonly firstMounts: number[];
  waiting: number;
  repeats: number;
  failed: number;
  mostBehind: number;
}

/** Runs one scenario under one policy on a virtual clock; the same seed gives the same figures. */
export async function simulate(scenario: Scenario, policy: Policy): Promise<Measured> {
  const clock = new VirtualClock();
  const store = new SimulatedStore(clock, scenario.store);
  const tally: Tally = { firstMounts: [], waiting: 0, repeats: 0, failed: 0, mostBehind: 0 };
  const end = new AbortController();
  for (let node = 0; node < scenario.nodes; node += 1) {
    const mount = policy(clock, store);
    for (let pod = 0; pod < scenario.podsPerNode; pod += 1) {
      const identity = pod % scenario.identities;
      const one = { name: `p${pod}`, namespace: "shop", uid: `${node}-${pod}`, serviceAccount: `sa${identity}` };
      const objects = Array.from({ length: scenario.objects }, (_, index) => `object-${index}`);
      const live = livePod(clock, store, () => mount(one, objects), scenario.startWithin, tally, end.signal);
      live.catch(() => undefined);
    }
  }
  await clock.advance(scenario.span);
  end.abort(new Error("over"));
  return summarise(scenario, store, tally);
}

/** A pod's volume: mounted once it can be, then republished every 60 to 90 s. */
async function livePod(
  clock: VirtualClock,
  store: SimulatedStore,
  mount: () => Promise<readonly number[] | undefined>,
  startWithin: number,
  tally: Tally,
  end: AbortSignal,
): Promise<void> {
  await clock.sleep(clock.random() * startWithin, end);
  const started = clock.now();
  tally.waiting += 1;
  let wait = kubeletBackoff.first;
  while ((await mount()) === undefined) {
    await clock.sleep(wait * (0.9 + clock.random() / 5), end);
    wait = Math.min(kubeletBackoff.longest, wait * 2);
  }
  tally.waiting -= 1;
  tally.firstMounts.push(clock.now() - started);
  for (;;) {
    await clock.sleep(60_000 + clock.random() * 30_000, end);
    const states = await mount();
    tally.repeats += 1;
    if (states === undefined) tally.failed += 1;
    else tally.mostBehind = Math.max(tally.mostBehind, store.state() - Math.min(...states));
  }
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
    mostBehind: tally.mostBehind,
  };
}
