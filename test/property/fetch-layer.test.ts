import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { FetchLayer } from "../../src/fetch/fetch-layer.ts";
import { placeLimits } from "../../src/fetch/fair-queue.ts";
import type { Freshness } from "../../src/fetch/freshness.ts";
import type { Answer } from "../../src/fetch/order.ts";
import { MountError } from "../../src/model/error.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { Secret } from "../../src/model/secret.ts";
import { sessionKey } from "../../src/model/session.ts";
import { createLayer } from "../fakes/layer.ts";
import { ScriptedStore } from "../fakes/scripted-store.ts";
import { VirtualClock } from "../fakes/virtual-clock.ts";

const serviceAccounts = ["a", "b", "c"];
const objects = ["x", "y", "z"];

type Weather = "fine" | "down" | "throttling" | "hung" | "slow";

/** What may happen, one after the other, on one node. */
type Step =
  | { readonly do: "mount"; readonly volume: number; readonly names: readonly string[] }
  | { readonly do: "wait"; readonly milliseconds: number }
  | { readonly do: "weather"; readonly weather: Weather }
  | { readonly do: "change"; readonly name: string }
  | { readonly do: "revoke"; readonly serviceAccount: string }
  | { readonly do: "restore"; readonly serviceAccount: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("mount" as const),
      volume: fc.nat({ max: 8 }),
      names: fc.uniqueArray(fc.constantFrom(...objects), { minLength: 1 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      milliseconds: fc.oneof(fc.nat({ max: 3000 }), fc.nat({ max: 100_000 })),
    }),
  },
  fc.record({
    do: fc.constant("weather" as const),
    weather: fc.constantFrom<Weather>("fine", "fine", "down", "throttling", "hung", "slow"),
  }),
  fc.record({ do: fc.constant("change" as const), name: fc.constantFrom(...objects) }),
  fc.record({ do: fc.constant("revoke" as const), serviceAccount: fc.constantFrom(...serviceAccounts) }),
  fc.record({ do: fc.constant("restore" as const), serviceAccount: fc.constantFrom(...serviceAccounts) }),
);

/** A store with state, the layer above it, and everything that is needed to judge its answers. */
class World {
  readonly clock = new VirtualClock();
  readonly layer: FetchLayer;
  readonly store: ScriptedStore;
  readonly broken: string[] = [];
  /** Versions of each object by the time they came to hold. */
  readonly #history = new Map(objects.map((name) => [name, [{ from: -Infinity, version: 0 }]]));
  readonly #revoked = new Map<string, number>();
  #weather: Weather = "fine";
  readonly #freshness: Freshness;
  readonly #mounted = new Set<number>();
  readonly #firstTried = new Map<number, number>();

  constructor(freshness: Freshness) {
    this.#freshness = freshness;
    this.layer = createLayer(this.clock, { freshness, bounds: { entries: 20, bytes: 1_000_000 } });
    this.store = new ScriptedStore(async (name, session, signal) => {
      const weather = this.#weather;
      if (weather === "hung") await this.clock.sleep(1e9, signal);
      const outcome = this.#answer(name, session.pod.serviceAccount, weather);
      await this.clock.sleep(weather === "slow" ? 5000 : 10, signal);
      return outcome;
    });
  }

  async take(one: Step): Promise<void> {
    if (one.do === "wait") await this.clock.advance(one.milliseconds);
    else if (one.do === "weather") this.#weather = one.weather;
    else if (one.do === "change") this.#change(one.name);
    else if (one.do === "revoke") this.#revoked.set(one.serviceAccount, this.clock.monotonic());
    else if (one.do === "restore") this.#revoked.delete(one.serviceAccount);
    else void this.#mount(one.volume, one.names);
    await this.clock.advance(0);
    if (this.store.maxUnderWay > placeLimits.namespace)
      this.broken.push(`more than ${placeLimits.namespace} calls under way`);
  }

  #answer(name: string, serviceAccount: string, weather: Weather): Outcome {
    if (weather === "down") return { kind: "failed", error: new MountError("store_unavailable", "503") };
    if (weather === "throttling") return { kind: "failed", error: new MountError("store_throttled", "429") };
    if (this.#revoked.has(serviceAccount)) return { kind: "failed", error: new MountError("access_denied", "403") };
    const version = String(this.#history.get(name)?.at(-1)?.version);
    return { kind: "found", value: Secret.fromText(`${serviceAccount} ${name} ${version}`), version };
  }

  #change(name: string): void {
    const history = this.#history.get(name) ?? [];
    history.push({ from: this.clock.monotonic(), version: history.length });
  }

  async #mount(volume: number, names: readonly string[]): Promise<void> {
    const serviceAccount = serviceAccounts[volume % serviceAccounts.length] ?? "";
    const pod = { name: `p${volume}`, namespace: "shop", uid: `u${volume}`, serviceAccount };
    const session = {
      key: sessionKey("scripted", {}, pod),
      params: { address: "store.test" },
      pod,
      tokens: new Map(),
      chosenBy: "manifest" as const,
      secrets: new Map(),
    };
    const reads = names.map((name) => this.store.read(name));
    const arrived = this.clock.monotonic();
    const oldest = this.#oldest(volume, arrived);
    const timeout = new AbortController();
    const stop = new AbortController();
    this.clock.sleep(90_000, stop.signal).then(
      () => timeout.abort(new MountError("mount_timeout", "too long")),
      () => undefined,
    );
    const bytes = this.layer.open(pod.namespace);
    const order = { source: this.store.source(), session, reads, volume: pod.uid, deadline: arrived + 90_000, bytes };
    await bytes.expect(this.layer.expectedBytes([order]), timeout.signal);
    const answers = await this.layer.fetch(order, timeout.signal).catch(() => undefined);
    bytes.close();
    stop.abort();
    const delayed = answers?.some(({ outcome }) => outcome.kind === "failed" && outcome.error.transient) ?? true;
    if (delayed && !this.#firstTried.has(volume)) this.#firstTried.set(volume, arrived);
    if (answers === undefined) return;
    answers.forEach((answer, at) => this.#judge(answer, names[at] ?? "", serviceAccount, oldest, arrived));
    if (answers.every(({ outcome }) => outcome.kind === "found")) {
      this.layer.mounted(pod.uid);
      this.#mounted.add(volume);
      this.#firstTried.delete(volume);
    }
  }

  #oldest(volume: number, now: number): number {
    const { interval, firstMount } = this.#freshness;
    if (this.#mounted.has(volume)) return now - interval;
    return Math.max((this.#firstTried.get(volume) ?? now) - firstMount, now - interval);
  }

  #judge(answer: Answer, name: string, serviceAccount: string, oldest: number, arrived: number): void {
    const { outcome, source } = answer;
    if (outcome.kind !== "found") return;
    const [owner, object, version] = outcome.value.revealText().split(" ");
    if (owner !== serviceAccount || object !== name) this.broken.push(`${serviceAccount} was given ${owner ?? ""}'s`);
    const limit = source === "stale" ? arrived - this.#freshness.staleOnError : oldest;
    const history = this.#history.get(name) ?? [];
    const next = history.find((entry) => entry.version === Number(version) + 1);
    if (next !== undefined && next.from < limit)
      this.broken.push(`${name} was ${limit - next.from} ms too old (${source})`);
    const revoked = this.#revoked.get(serviceAccount);
    if (revoked !== undefined && revoked < limit) this.broken.push(`${serviceAccount} was answered after revocation`);
  }
}

describe("whatever happens in whatever order", () => {
  test.each([
    { is: "by default", staleOnError: 0 },
    { is: "with staleOnError", staleOnError: 300_000 },
  ])("no identity gets another's value and none is too old, $is", async ({ staleOnError }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const world = new World({ interval: 120_000, minInterval: 30_000, firstMount: 2000, staleOnError });
        for (const one of steps) await world.take(one);
        await world.take({ do: "wait", milliseconds: 200_000 });
        expect(world.broken).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
