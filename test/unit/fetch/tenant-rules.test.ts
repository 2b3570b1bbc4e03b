import { beforeEach, describe, expect, test } from "@jest/globals";
import type { FetchLayer } from "../../../src/fetch/fetch-layer.ts";
import type { Answer, Order } from "../../../src/fetch/order.ts";
import type { Endpoint } from "../../../src/model/endpoint.ts";
import { MountError } from "../../../src/model/error.ts";
import type { Outcome } from "../../../src/model/outcome.ts";
import { sessionKey } from "../../../src/model/session.ts";
import type { StoreDescription } from "../../../src/model/store.ts";
import { createLayer } from "../../fakes/layer.ts";
import { after, found, ScriptedStore, throttled } from "../../fakes/scripted-store.ts";
import { VirtualClock } from "../../fakes/virtual-clock.ts";

const forever = new AbortController().signal;
let clock: VirtualClock;
let store: ScriptedStore;
let layer: FetchLayer;

beforeEach(() => {
  clock = new VirtualClock();
  store = new ScriptedStore((name) => found(`value of ${name}`));
  layer = createLayer(clock);
});

interface Who {
  readonly namespace?: string;
  readonly pod?: string;
  readonly describe?: Partial<StoreDescription>;
  readonly identify?: () => Promise<string>;
}

function order(name: string, { namespace = "shop", pod: podName = "web-0", describe, identify }: Who = {}): Order {
  const pod = { name: podName, namespace, uid: `uid ${namespace} ${podName}`, serviceAccount: "web" };
  const params = { address: "store.test" };
  const session = {
    key: sessionKey("scripted", params, pod),
    params,
    pod,
    tokens: new Map(),
    chosenBy: "manifest" as const,
    secrets: new Map(),
  };
  const bytes = layer.open(namespace);
  void bytes.expect(1024, forever);
  const { kind, description } = store.source();
  const connection = {
    batchSize: 1,
    identify: identify ?? (() => Promise.resolve("")),
    fetch: store.fetch.bind(store),
    list: store.list,
    tend: () => undefined,
  };
  return {
    source: { kind, description: { ...description, ...describe }, connection },
    session,
    reads: [store.read(name)],
    volume: pod.uid,
    deadline: clock.monotonic() + 90_000,
    bytes,
  };
}

function shownReason([answer]: readonly Answer[]): string | undefined {
  return answer?.outcome.kind === "failed" ? answer.outcome.error.reason : answer?.outcome.kind;
}

/** What an order came to, after so much time. */
async function fetched(one: Order, milliseconds = 0): Promise<string> {
  const answers = layer.fetch(one, forever);
  await clock.advance(milliseconds);
  const [answer] = await answers;
  const outcome: Outcome | undefined = answer?.outcome;
  if (outcome?.kind === "found") return `${answer?.source ?? ""} ${outcome.value.revealText()}`;
  return outcome?.kind === "failed" ? outcome.error.reason : "missing";
}

describe("proof by each pod", () => {
  const proof = { describe: { proof: "pod" as const } };
  const refused = () => Promise.reject(new MountError("identity_refused", "the role is bound to another pod"));
  const seen = (view: string) => () => Promise.resolve(view);

  test("a pod that the store does not accept is given nothing of its neighbour's, also from memory", async () => {
    expect(await fetched(order("a", { ...proof, identify: seen("one") }))).toBe("fetched value of a");
    expect(await fetched(order("a", { ...proof, pod: "web-1", identify: refused }))).toBe("identity_refused");
  });

  test("pods that the store shows to be the same share; others do not", async () => {
    const all = ["one", "one", "two"].map((view, index) =>
      order("a", { ...proof, pod: `web-${index}`, identify: seen(view) }),
    );
    for (const one of all) await fetched(one);
    expect(store.asked).toEqual(["a", "a"]);
  });

  test("one pod's rejection does not cost the others what is cached", async () => {
    const rejected = () => Promise.reject(new MountError("identity_rejected", "its token has ended"));
    await fetched(order("a", { ...proof, identify: seen("one") }));
    await fetched(order("a", { ...proof, pod: "web-1", identify: rejected }));
    expect(await fetched(order("a", { ...proof, pod: "web-2", identify: seen("one") }))).toBe("shared value of a");
  });

  test("where the store sees only the service account, no pod is asked about", async () => {
    let asked = 0;
    const identify = () => {
      asked += 1;
      return Promise.resolve("");
    };
    await fetched(order("a", { identify }));
    expect(asked).toBe(0);
  });

  test("while the store is down, a pod accepted before is served from before, another is not", async () => {
    layer = createLayer(clock, {
      freshness: { interval: 1000, minInterval: 1000, firstMount: 0, staleOnError: 300_000 },
    });
    await fetched(order("a", { ...proof, identify: seen("one") }));
    await clock.advance(5000);
    const down = () => Promise.reject(new MountError("store_unavailable", "503", { outage: "broken" }));
    store.script = () => ({ kind: "failed", error: new MountError("store_unavailable", "503") });
    expect(await fetched(order("a", { ...proof, identify: down }), 60_000)).toBe("stale value of a");
    expect(await fetched(order("a", { ...proof, pod: "web-9", identify: down }), 60_000)).toBe("store_unavailable");
  });
});

describe("what is one endpoint", () => {
  const down: Outcome = {
    kind: "failed",
    error: new MountError("store_unavailable", "refused", { outage: "unreached" }),
  };
  const endpoint = (change: Partial<Endpoint>): Partial<StoreDescription> => ({
    endpoints: [{ address: "https://store.test", ...change }],
  });

  /** Several namespaces meet an outage there, until the circuit is open. */
  async function breakDown(describe: Partial<StoreDescription>): Promise<void> {
    store.script = () => down;
    for (const namespace of ["a", "b", "c", "d"])
      await fetched(order(`${namespace} x`, { namespace, describe }), 30_000);
    store.script = (name) => found(`value of ${name}`);
  }

  test.each([
    { is: "another scheme", other: endpoint({ address: "http://store.test" }) },
    { is: "another CA", other: endpoint({ ca: "PEM" }) },
    { is: "another server name", other: endpoint({ serverName: "x" }) },
    { is: "no verification", other: endpoint({ insecure: true }) },
  ])("$is is another", async ({ other }) => {
    await breakDown(other);
    expect(layer.openCircuits().get("scripted")).toBe(1);
    const calls = store.asked.length;
    await Promise.all(["a", "b", "c"].map((namespace) => fetched(order("y", { namespace, describe: endpoint({}) }))));
    expect(store.asked.length - calls).toBe(3);
    // What is answered here says nothing of the other.
    expect(layer.openCircuits().get("scripted")).toBe(1);
  });

  test("each document of a store without addresses is one of its own", async () => {
    const describe = { addresses: [] };
    store.script = (name) => (name.startsWith("transit") ? down : found(`value of ${name}`));
    const failing = Array.from({ length: 6 }, (_, at) => layer.fetch(order(`transit ${at}`, { describe }), forever));
    await clock.advance(300);
    expect(await fetched(order("age", { describe }))).toBe("fetched value of age");
    await clock.advance(30_000);
    await Promise.all(failing);
  });
});

describe("failures of documents", () => {
  const describe = { addresses: [] };
  const failure = (reason: "document_invalid" | "document_rejected" | "key_not_granted"): Outcome => ({
    kind: "failed",
    error: new MountError(reason, "wrong"),
  });

  beforeEach(() => {
    store.treat = { share: "in-flight" };
  });

  test("what is wrong with a text costs its price once", async () => {
    store.script = () => failure("document_invalid");
    for (let pod = 0; pod < 20; pod += 1) {
      expect(await fetched(order("doc", { describe, pod: `web-${pod}` }))).toBe("document_invalid");
      await clock.advance(60_000);
    }
    expect(store.asked).toHaveLength(1);
    await fetched(order("the corrected doc", { describe }));
    expect(store.asked).toHaveLength(2);
  });

  test("a key that did not open it may be replaced", async () => {
    store.script = () => failure("document_rejected");
    await fetched(order("doc", { describe }));
    await clock.advance(60_000);
    await fetched(order("doc", { describe }));
    expect(store.asked).toHaveLength(1);
    await clock.advance(300_000);
    await fetched(order("doc", { describe }));
    expect(store.asked).toHaveLength(2);
  });

  test("a grant that is missing counts at once when it is given", async () => {
    store.script = () => failure("key_not_granted");
    await fetched(order("doc", { describe }));
    store.script = (name) => found(`value of ${name}`);
    expect(await fetched(order("doc", { describe }))).toBe("fetched value of doc");
  });
});

describe("a wall clock that is stepped", () => {
  test.each([-3_600_000, 3_600_000])("changes nothing: by %i ms", async (step) => {
    await fetched(order("a"));
    layer.mounted("uid shop web-0");
    clock.stepWall(step);
    expect(await fetched(order("a"))).toBe("shared value of a");
    await clock.advance(121_000);
    expect(await fetched(order("a"))).toBe("fetched value of a");
    expect(await fetched(order("new object"))).toBe("fetched value of new object");
  });
});

test("a Retry-After is believed up to the Mount's limit", async () => {
  store.script = () => throttled(86_400_000);
  expect(await fetched(order("a"), 95_000)).toBe("store_throttled");
  store.script = (name) => found(`value of ${name}`);
  expect(await fetched(order("b"), 90_000)).toBe("fetched value of b");
});

test("what a store throttles apart is paced apart, also within one session", async () => {
  store.script = (name) => (name === "parameter" ? throttled(30_000) : found(`value of ${name}`));
  const quotaed = (name: string, quota: string): Order => {
    const one = order(name);
    return { ...one, reads: one.reads.map((read) => ({ ...read, quota })) };
  };
  const throttling = layer.fetch(quotaed("parameter", "parameters"), forever);
  await clock.advance(100);
  expect(await fetched(quotaed("secret", "secrets"))).toBe("fetched value of secret");
  await clock.advance(100_000);
  expect(shownReason(await throttling)).toBe("store_throttled");
});

test("what one read takes is counted as it comes in, and given back with the Mount", async () => {
  const counted: number[] = [];
  layer = createLayer(clock, {
    bytes: { expected: 100_000, mount: 50_000, large: 1 },
    metered: (bytes, work) => {
      void bytes.take(20_000, forever).then(() => counted.push(layer.size.reserved));
      return work();
    },
  });
  store.script = after(clock, 50, found("x"));
  const one = order("a");
  expect(await fetched(one, 60)).toBe("fetched x");
  expect(counted).toEqual([20_000]);
  one.bytes.close();
  await clock.advance(1);
  expect(layer.size.reserved).toBe(0);
});

test("an order whose Mount is over already ends with it, and leaves nothing behind", async () => {
  const over = new MountError("cancelled", "gone");
  const one = order("a");
  await expect(layer.fetch(one, AbortSignal.abort(over))).rejects.toBe(over);
  one.bytes.close();
  await clock.advance(1);
  expect(layer.size.reserved).toBe(0);
});

test("an answer larger than any Mount may hold is that Mount's error", async () => {
  layer = createLayer(clock, { bytes: { expected: 100_000, mount: 50_000, large: 1 } });
  store.script = () => found("x".repeat(60_000));
  expect(await fetched(order("a"))).toBe("response_too_large");
  store.script = () => found("x");
  expect(await fetched(order("b"))).toBe("fetched x");
});
