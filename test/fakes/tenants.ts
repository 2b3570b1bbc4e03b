import type { FetchLayer } from "../../src/fetch/fetch-layer.ts";
import { MountError } from "../../src/model/error.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { readOf } from "../../src/model/read.ts";
import { Secret } from "../../src/model/secret.ts";
import { sessionKey } from "../../src/model/session.ts";
import { connectionOf, type StoreDescription, standardRetries } from "../../src/model/store.ts";
import { createLayer } from "./layer.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What a store does with a read; `fine` answers after the object's own latency. */
export type Trouble = "fine" | "hang" | "broken" | "unreached" | "untrusted" | "throttled" | "denied" | "huge";

/** One pod's first mount. */
export interface PodMount {
  /** When it comes, in ms. */
  readonly at: number;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pod: string;
  readonly objects: readonly string[];
  readonly trouble: Trouble;
}

/** How it ended, and after how many ms. */
export interface MountEnd {
  readonly mount: PodMount;
  readonly outcome: string;
  readonly took: number;
}

/** One store for all, whose answers depend on who asks for what and on nothing else. */
export interface World {
  /** What the store declares as one quota for all; empty for none. */
  readonly quota: string;
  /** Whether the store tells the pods of a service account apart. */
  readonly proof: StoreDescription["proof"];
}

const mountLimit = 90_000;

/** Runs all mounts on a clock of their own and tells how each ended. */
export async function runMounts(mounts: readonly PodMount[], world: World): Promise<readonly MountEnd[]> {
  const clock = new VirtualClock();
  const layer = createLayer(clock, { bytes: { expected: 4 << 20, mount: 1 << 20, large: 4 } });
  const ends = Promise.all(mounts.map((mount) => runMount(clock, layer, mount, world)));
  await clock.advance(600_000);
  return ends;
}

/** The longest that any of them took: with so few, the 99th percentile. */
export function slowest(ends: readonly MountEnd[]): number {
  return Math.max(...ends.map(({ took }) => took));
}

async function runMount(clock: VirtualClock, layer: FetchLayer, mount: PodMount, world: World): Promise<MountEnd> {
  const { namespace, serviceAccount, pod: name, objects } = mount;
  await clock.sleep(mount.at, new AbortController().signal);
  const pod = { namespace, serviceAccount, name, uid: `uid ${namespace} ${name}` };
  const timeout = new AbortController();
  const stop = new AbortController();
  clock.sleep(mountLimit, stop.signal).then(
    () => timeout.abort(new MountError("mount_timeout", "too long")),
    () => undefined,
  );
  const start = clock.monotonic();
  const bytes = layer.open(namespace);
  const key = sessionKey("shared", {}, pod);
  const session = { key, params: {}, pod, tokens: new Map(), chosenBy: "manifest" as const, secrets: new Map() };
  const reads = objects.map((object) => readOf(object, object));
  const source = { kind: "shared", description: describe(world), connection: connect(clock, mount) };
  const order = { source, session, reads, volume: pod.uid, deadline: start + mountLimit, bytes };
  try {
    await bytes.expect(layer.expectedBytes([order]), timeout.signal);
    const answers = await layer.fetch(order, timeout.signal);
    const failure = answers.map(({ outcome }) => outcome).find(({ kind }) => kind !== "found");
    const outcome = failure?.kind === "failed" ? failure.error.reason : (failure?.kind ?? "found");
    return { mount, outcome, took: clock.monotonic() - start };
  } catch (error) {
    return { mount, outcome: MountError.from(error).reason, took: clock.monotonic() - start };
  } finally {
    bytes.close();
    stop.abort(new MountError("cancelled", "over"));
  }
}

function describe({ quota, proof }: World): StoreDescription {
  return {
    addresses: ["store.test"],
    audience: undefined,
    identity: {},
    quota,
    proof,
    chosenBy: "manifest",
    files: [],
    retries: standardRetries,
    sessionPer: "service-account",
    endpoints: [],
  };
}

function connect(clock: VirtualClock, mount: PodMount) {
  return connectionOf<unknown, unknown>({
    list: () => Promise.reject(new MountError("internal", "not listed")),
    identify: async (_session, signal) => {
      await clock.sleep(5, signal);
      return "the same to the store";
    },
    fetch: async (refs, _session, signal) => {
      const outcomes: Outcome[] = [];
      for (const ref of refs) outcomes.push(await answer(clock, mount, String(ref), signal));
      return outcomes;
    },
  });
}

async function answer(clock: VirtualClock, mount: PodMount, object: string, signal: AbortSignal): Promise<Outcome> {
  const fail = (...args: ConstructorParameters<typeof MountError>): Outcome => ({
    kind: "failed",
    error: new MountError(...args),
  });
  if (mount.trouble === "hang") await clock.sleep(1e9, signal);
  await clock.sleep(latencyOf(object), signal);
  switch (mount.trouble) {
    case "broken":
      return fail("store_unavailable", "503", { outage: "broken" });
    case "unreached":
      return fail("store_unavailable", "refused", { outage: "unreached" });
    case "untrusted":
      return fail("store_untrusted", "no client certificate", { outage: "unreached" });
    case "throttled":
      return fail("store_throttled", "429", { retryAfter: 30_000 });
    case "denied":
      return fail("access_denied", "403");
    default:
      return {
        kind: "found",
        value: new Secret(Buffer.alloc(mount.trouble === "huge" ? 300_000 : 50, 1)),
        version: "1",
      };
  }
}

/** From 5 to 54 ms, by the name. */
function latencyOf(object: string): number {
  return 5 + (Buffer.from(object).reduce((sum, octet) => (sum * 31 + octet) % 1009, 7) % 50);
}
