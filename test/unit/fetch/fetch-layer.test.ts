import { beforeEach, describe, expect, test } from "@jest/globals";
import { placeLimits } from "../../../src/fetch/fair-queue.ts";
import type { FetchLayer } from "../../../src/fetch/fetch-layer.ts";
import type { Freshness } from "../../../src/fetch/freshness.ts";
import type { Answer, Order } from "../../../src/fetch/order.ts";
import { MountError } from "../../../src/model/error.ts";
import { sessionKey } from "../../../src/model/session.ts";
import { createLayer as testLayer } from "../../fakes/layer.ts";
import { after, found, hang, ScriptedStore, throttled, unavailable } from "../../fakes/scripted-store.ts";
import { VirtualClock } from "../../fakes/virtual-clock.ts";

const forever = new AbortController().signal;
const freshness: Freshness = { interval: 120_000, minInterval: 20_000, firstMount: 2000, staleOnError: 0 };

let clock: VirtualClock;
let store: ScriptedStore;
let layer: FetchLayer;
let seen: string[];

function createLayer(change: Partial<Freshness> = {}): FetchLayer {
  seen = [];
  return testLayer(clock, {
    freshness: { ...freshness, ...change },
    bounds: { entries: 100, bytes: 1_000_000 },
    observer: { answered: (_kind, source) => seen.push(source), throttled: () => seen.push("throttled") },
  });
}

beforeEach(() => {
  clock = new VirtualClock();
  store = new ScriptedStore((name) => found(`value of ${name}`));
  layer = createLayer();
});

function order(names: readonly string[], change: Partial<Order> & { serviceAccount?: string } = {}): Order {
  const pod = { name: "web-0", namespace: "shop", uid: "u1", serviceAccount: change.serviceAccount ?? "web" };
  const params = { address: "store.test" };
  const session = {
    key: sessionKey("scripted", params, pod),
    params,
    pod,
    tokens: new Map(),
    chosenBy: "manifest" as const,
    secrets: new Map(),
  };
  const reads = names.map((name) => store.read(name));
  const bytes = layer.open(pod.namespace);
  void bytes.expect(1024 * names.length, forever);
  const deadline = clock.monotonic() + 90_000;
  return { source: store.source(), session, reads, volume: "u1 /target", deadline, bytes, ...change };
}

function shown(answers: readonly Answer[]): readonly string[] {
  return answers.map(({ outcome, source }) => {
    const what = outcome.kind === "found" ? outcome.value.revealText() : outcome.kind;
    return `${source}: ${outcome.kind === "failed" ? outcome.error.reason : what}`;
  });
}

/** Fetches while time passes. */
async function fetchFor(milliseconds: number, ...orders: readonly Order[]): Promise<readonly (readonly string[])[]> {
  const all = Promise.all(orders.map((one) => layer.fetch(one, forever)));
  await clock.advance(milliseconds);
  return (await all).map(shown);
}

describe("sharing", () => {
  test("equal fetches under way are one", async () => {
    store.script = after(clock, 50, found("x"));
    const answers = await fetchFor(60, order(["a"]), order(["a"], { volume: "u2 /t" }));
    expect(answers).toEqual([["fetched: x"], ["shared: x"]]);
    expect(store.asked).toEqual(["a"]);
  });

  test("250 volumes of one identity ask once for each object", async () => {
    store.script = after(clock, 50, found("x"));
    const names = Array.from({ length: 10 }, (_, index) => `o${index}`);
    await fetchFor(500, ...Array.from({ length: 250 }, (_, index) => order(names, { volume: `v${index}` })));
    expect(store.asked).toHaveLength(10);
  });

  test("another identity never shares", async () => {
    store.script = (name, session) => found(`${name} for ${session.pod.serviceAccount}`);
    const answers = await fetchFor(0, order(["a"]), order(["a"], { serviceAccount: "other" }));
    expect(answers).toEqual([["fetched: a for web"], ["fetched: a for other"]]);
  });

  test("what a caller does to its copy reaches nobody else", async () => {
    const [mine] = await layer.fetch(order(["a"]), forever);
    (mine?.outcome as { value: { wipe(): void } }).value.wipe();
    expect(await fetchFor(0, order(["a"], { volume: "u2 /t" }))).toEqual([["shared: value of a"]]);
  });

  test("a fetch goes on when the volume that started it leaves", async () => {
    store.script = after(clock, 50, found("x"));
    const leaving = new AbortController();
    const first = layer.fetch(order(["a"]), leaving.signal);
    const second = layer.fetch(order(["a"], { volume: "u2 /t" }), forever);
    leaving.abort(new MountError("cancelled", "gone"));
    await expect(first).rejects.toMatchObject({ reason: "cancelled" });
    await clock.advance(60);
    expect(shown(await second)).toEqual(["shared: x"]);
  });

  test("a fetch is aborted when everybody has left, and nobody joins it then", async () => {
    const aborted: unknown[] = [];
    store.script = (name, session, signal) => {
      signal.addEventListener("abort", () => aborted.push(name));
      return hang(name, session, signal);
    };
    const leaving = new AbortController();
    const left = layer.fetch(order(["a"]), leaving.signal).catch((error: unknown) => error);
    await clock.advance(1);
    leaving.abort(new MountError("cancelled", "gone"));
    store.script = () => found("x");
    expect(await fetchFor(0, order(["a"]))).toEqual([["fetched: x"]]);
    expect(await left).toMatchObject({ reason: "cancelled" });
    expect(aborted).toEqual(["a"]);
  });

  test("a waiter whose starter was refused asks with its own token", async () => {
    const refused = new MountError("identity_rejected", "401");
    const scripts = [after(clock, 10, { kind: "failed", error: refused } as const), after(clock, 10, found("x"))];
    store.script = (name, session, signal) => (scripts.shift() ?? hang)(name, session, signal);
    const answers = await fetchFor(30, order(["a"]), order(["a"], { volume: "u2 /t" }));
    expect(answers).toEqual([["fetched: identity_rejected"], ["fetched: x"]]);
  });

  test("answers that a store keeps itself are shared under way only", async () => {
    store.treat = { share: "in-flight", repeatable: true };
    store.script = after(clock, 10, found("x"));
    await fetchFor(20, order(["a"]), order(["a"]));
    await fetchFor(20, order(["a"]));
    expect(store.asked).toEqual(["a", "a"]);
  });
});

describe("how old an answer may be", () => {
  test.each([
    { is: "a first mount takes one of 2 s", mounted: false, age: 2000, calls: 1 },
    { is: "a first mount takes none older", mounted: false, age: 2001, calls: 2 },
    { is: "a mounted volume takes one of the interval", mounted: true, age: 120_000, calls: 1 },
    { is: "a mounted volume takes none older", mounted: true, age: 120_001, calls: 2 },
    { is: "the manifest's interval wins", mounted: true, age: 30_001, interval: 30_000, calls: 2 },
    { is: "a longer one too", mounted: true, age: 300_000, interval: 300_000, calls: 1 },
    { is: "none shorter than the operator's shortest", mounted: true, age: 20_000, interval: 1, calls: 1 },
  ])("$is", async ({ mounted, age, interval, calls }) => {
    await fetchFor(0, order(["a"]));
    if (mounted) layer.mounted("u1 /target");
    await clock.advance(age);
    await fetchFor(0, order(["a"], interval === undefined ? {} : { interval }));
    expect(store.asked).toHaveLength(calls);
  });

  test("age counts from when the fetch was started", async () => {
    store.script = after(clock, 1500, found("x"));
    await fetchFor(1500, order(["a"]));
    await clock.advance(501);
    await fetchFor(1500, order(["a"]));
    expect(store.asked).toHaveLength(2);
  });

  test("a caller without a pod is always seen for the first time", async () => {
    layer.mounted("");
    await fetchFor(0, order(["a"], { volume: "" }));
    await clock.advance(3000);
    await fetchFor(0, order(["a"], { volume: "" }));
    expect(store.asked).toHaveLength(2);
  });
});

describe("failures", () => {
  test("a short outage is waited out", async () => {
    const outcomes = [unavailable(), unavailable(), found("x")];
    store.script = () => outcomes.shift() ?? unavailable();
    expect(await fetchFor(10_000, order(["a"]))).toEqual([["fetched: x"]]);
    expect(store.asked).toHaveLength(3);
  });

  test("only the refs that failed are asked again", async () => {
    store = new ScriptedStore(() => found("x"), 10);
    let fails = 1;
    store.script = (name) => (name === "b" && fails-- > 0 ? unavailable() : found(name));
    expect(await fetchFor(10_000, order(["a", "b", "c"]))).toEqual([["fetched: a", "fetched: b", "fetched: c"]]);
    expect(store.calls).toEqual([["a", "b", "c"], ["b"]]);
  });

  test("tries are bounded", async () => {
    store.script = () => unavailable();
    expect(await fetchFor(60_000, order(["a"]))).toEqual([["fetched: store_unavailable"]]);
    expect(store.asked).toHaveLength(6);
  });

  test("no try starts after the deadline, and Retry-After is honoured", async () => {
    store.script = () => unavailable(20_000);
    expect(await fetchFor(60_000, order(["a"], { deadline: clock.monotonic() + 30_000 }))).toEqual([
      ["fetched: store_unavailable"],
    ]);
    expect(store.asked).toHaveLength(2);
  });

  test("a call that mints a credential is never repeated", async () => {
    store.treat = { share: "in-flight", repeatable: false };
    store.script = () => unavailable();
    await fetchFor(60_000, order(["a"]));
    expect(store.asked).toHaveLength(1);
  });

  test.each(["access_denied", "identity_rejected", "object_not_found"] as const)("%s is final", async (reason) => {
    store.script = () => ({ kind: "failed", error: new MountError(reason, "no") });
    expect(await fetchFor(60_000, order(["a"]))).toEqual([[`fetched: ${reason}`]]);
    expect(store.asked).toHaveLength(1);
  });

  test("a hung try is given up for another", async () => {
    const scripts = [hang, () => found("x")];
    store.script = (name, session, signal) => (scripts.shift() ?? hang)(name, session, signal);
    expect(await fetchFor(60_000, order(["a"]))).toEqual([["fetched: x"]]);
  });

  test("what a store throws becomes an internal error without its text", async () => {
    store.script = () => {
      throw new Error("password=hunter2");
    };
    const [answer] = await layer.fetch(order(["a"]), forever);
    expect(JSON.stringify(answer)).not.toContain("hunter2");
    expect(shown(answer === undefined ? [] : [answer])).toEqual(["fetched: internal"]);
  });

  test("a throttling store is left alone by every volume for as long as it asks", async () => {
    const times: number[] = [];
    const start = clock.monotonic();
    let first = true;
    store.script = () => {
      times.push(clock.monotonic() - start);
      const outcome = first ? throttled(10_000) : found("x");
      first = false;
      return outcome;
    };
    const one = layer.fetch(order(["a"], { volume: "v1" }), forever);
    await clock.advance(1);
    await fetchFor(60_000, order(["b"], { volume: "v2" }));
    expect(shown(await one)).toEqual(["fetched: x"]);
    expect(seen).toContain("throttled");
    expect(times[0]).toBe(0);
    expect(times.slice(1).map((time) => time >= 10_000)).toEqual([true, true]);
  });

  test("a store that keeps failing is left alone, refused at once, and probed until it answers", async () => {
    store.script = () => unavailable();
    for (let mount = 0; mount < 3; mount += 1) await fetchFor(10_000, order(["a"]));
    // The probe, and nothing else until its next turn.
    expect(await fetchFor(0, order(["a"], { volume: "v2" }))).toEqual([["fetched: store_unavailable"]]);
    const before = store.asked.length;
    await fetchFor(0, ...Array.from({ length: 50 }, (_, index) => order(["a"], { volume: `v${index}` })));
    expect(store.asked).toHaveLength(before);
    expect(layer.openCircuits()).toEqual(new Map([["scripted", 1]]));
    store.script = () => found("x");
    await clock.advance(31_000);
    expect(await fetchFor(0, order(["a"]))).toEqual([["fetched: x"]]);
    expect(await fetchFor(0, order(["b"]))).toEqual([["fetched: x"]]);
    expect(layer.openCircuits()).toEqual(new Map([["scripted", 0]]));
  });
});

describe("fairness", () => {
  test("an endpoint is asked a bounded number of things at once", async () => {
    store.script = after(clock, 10, found("x"));
    await fetchFor(1000, order(Array.from({ length: 100 }, (_, index) => `o${index}`)));
    expect(store.maxUnderWay).toBe(placeLimits.volume);
  });

  test("a volume with 500 objects delays another's one by one turn", async () => {
    store.script = after(clock, 10, found("x"));
    const large = layer.fetch(order(Array.from({ length: 500 }, (_, index) => `o${index}`)), forever);
    await clock.advance(1);
    expect(await fetchFor(20, order(["mine"], { volume: "v2" }))).toEqual([["fetched: x"]]);
    // 32 were under way, 32 followed with this one among them, and 32 more since.
    expect(store.asked.length).toBeLessThanOrEqual(96);
    await clock.advance(1000);
    expect(await large).toHaveLength(500);
  });
});

describe("while the store fails, with staleOnError", () => {
  const stale = { staleOnError: 600_000 };

  beforeEach(async () => {
    layer = createLayer(stale);
    await fetchFor(0, order(["a"]));
    await clock.advance(130_000);
  });

  test.each([
    { is: "an outage", script: () => unavailable(), answer: "stale: value of a" },
    { is: "throttling", script: () => throttled(), answer: "stale: value of a" },
    { is: "a hung store", script: hang, answer: "stale: value of a" },
    {
      is: "a refusal",
      script: () => ({ kind: "failed", error: new MountError("access_denied", "403") }) as const,
      answer: "fetched: access_denied",
    },
    { is: "absence", script: () => ({ kind: "missing", problem: "gone" }) as const, answer: "fetched: missing" },
  ])("$is gives $answer", async ({ script, answer }) => {
    store.script = script;
    expect(await fetchFor(60_000, order(["a"], { volume: "new volume" }))).toEqual([[answer]]);
  });

  test("nothing older than the limit", async () => {
    await clock.advance(500_000);
    store.script = () => unavailable();
    expect(await fetchFor(60_000, order(["a"]))).toEqual([["fetched: store_unavailable"]]);
  });

  test("nothing that the store has denied since", async () => {
    store.script = () => ({ kind: "failed", error: new MountError("access_denied", "403") });
    await fetchFor(0, order(["a"]));
    store.script = () => unavailable();
    expect(await fetchFor(60_000, order(["a"]))).toEqual([["fetched: store_unavailable"]]);
  });

  test("nothing of a session whose identity was refused", async () => {
    await fetchFor(0, order(["b"]));
    store.script = () => ({ kind: "failed", error: new MountError("identity_rejected", "401") });
    await fetchFor(0, order(["a"]));
    store.script = () => unavailable();
    expect(await fetchFor(60_000, order(["b"], { volume: "v2" }))).toEqual([["fetched: store_unavailable"]]);
  });
});

describe("memory", () => {
  test("what nobody asks for any more is forgotten", async () => {
    await fetchFor(0, order(["a", "b"]));
    layer.mounted("u1 /target");
    expect(layer.size).toMatchObject({ answers: 2, volumes: 1 });
    await clock.advance(11 * 60_000);
    layer.sweep();
    expect(layer.size).toMatchObject({ answers: 0, bytes: 0, volumes: 0 });
  });

  test("an address that nobody asks any more is forgotten, failures and all", async () => {
    store.script = () => unavailable();
    await fetchFor(10_000, order(["a"]));
    await clock.advance(9 * 60_000);
    layer.sweep();
    expect(layer.openCircuits().size).toBe(1);
    await clock.advance(2 * 60_000);
    layer.sweep();
    expect(layer.openCircuits().size).toBe(0);
  });

  test("entries are bounded, the least recently used leave", async () => {
    const names = Array.from({ length: 150 }, (_, index) => `o${index}`);
    await fetchFor(0, order(names));
    expect(layer.size.answers).toBe(50);
    await fetchFor(0, order(["o149", "o0"]));
    expect(store.asked.slice(150)).toEqual(["o0"]);
  });

  test("an answer larger than all of it is handed on and not kept", async () => {
    store.script = () => found("x".repeat(2_000_000));
    await fetchFor(0, order(["a"]));
    expect(layer.size.answers).toBe(0);
  });
});
