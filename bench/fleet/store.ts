import { MountError } from "../../src/model/error.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { Secret } from "../../src/model/secret.ts";
import { noListing, readOf, type ObjectRead } from "../../src/model/read.ts";
import type { Session } from "../../src/model/session.ts";
import { standardRetries, type StoreConnection, type StoreDescription, type StoreKind } from "../../src/model/store.ts";
import type { VirtualClock } from "../../test/fakes/virtual-clock.ts";

export interface StoreSettings {
  /** Milliseconds an answer takes: this much, plus an exponential tail of half of it. */
  readonly latency: number;
  /** Calls a second, over all nodes, that are answered; the rest get 429. */
  readonly quota: number;
  /** Milliseconds after the start between which every call fails. */
  readonly outage?: readonly [from: number, to: number];
}

/**
 * One store for the whole fleet: latency, a quota, an outage; counts what it is asked. The version of an answer is the
 * moment when it was read, so that its age can be told.
 */
export class SimulatedStore implements StoreKind<null, string>, StoreConnection<unknown, string> {
  readonly kind = "simulated";
  /** Calls by second since the start. */
  readonly perSecond: number[] = [];
  refused = 0;
  readonly #clock: VirtualClock;
  readonly #settings: StoreSettings;
  readonly #start: number;

  constructor(clock: VirtualClock, settings: StoreSettings) {
    this.#clock = clock;
    this.#settings = settings;
    this.#start = clock.now();
  }

  get calls(): number {
    return this.perSecond.reduce((sum, count) => sum + count, 0);
  }

  language = { params: () => null, object: () => this.read(""), criteria: [] };
  readonly batchSize = 1;
  readonly list = noListing("simulated");

  read(name: string): ObjectRead<string> {
    return readOf(name, name);
  }

  describe(): StoreDescription {
    return {
      addresses: ["simulated"],
      audience: undefined,
      identity: null,
      quota: "",
      proof: "service-account",
      chosenBy: "manifest",
      files: [],
      retries: standardRetries,
      sessionPer: "service-account",
      endpoints: [],
    };
  }

  connect(): this {
    return this;
  }

  identify(): Promise<string> {
    return Promise.resolve("");
  }

  tend(): void {
    // It keeps nothing.
  }

  async fetch(refs: readonly string[], _session: Session<unknown>, signal: AbortSignal): Promise<readonly Outcome[]> {
    const verdict = this.#count();
    const { latency } = this.#settings;
    await this.#clock.sleep(latency * (1 - Math.log(1 - this.#clock.random()) / 2), signal);
    return refs.map(() => (verdict === undefined ? this.#answer() : { kind: "failed", error: verdict }));
  }

  #answer(): Outcome {
    const version = String(this.#clock.now());
    return { kind: "found", value: Secret.fromText(version), version };
  }

  #count(): MountError | undefined {
    const elapsed = this.#clock.now() - this.#start;
    const second = Math.floor(elapsed / 1000);
    const count = (this.perSecond[second] ?? 0) + 1;
    this.perSecond[second] = count;
    const [from, to] = this.#settings.outage ?? [Infinity, Infinity];
    if (elapsed >= from && elapsed < to) return new MountError("store_unavailable", "503");
    if (count <= this.#settings.quota) return undefined;
    this.refused += 1;
    return new MountError("store_throttled", "429", { retryAfter: 1000 });
  }
}
