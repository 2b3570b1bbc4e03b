import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Outcome } from "../model/outcome.ts";
import type { Reason } from "../model/reasons.ts";
import { metricCatalogue, type MetricName } from "./metric-catalogue.ts";

/** How a Mount ended: well, or with this reason. */
export type MountOutcome = Reason | "ok";

/** Asked of the store, shared, answered from before an outage, or not answered at all. */
export type AnswerSource = "fetched" | "shared" | "stale" | "refused";

/** What the daemon counts and measures. */
export interface Metrics {
  /** A Mount begins; call what is returned once, when it has ended. */
  mountStarted(dialect: string): (outcome: MountOutcome) => void;
  /** One object was asked for at a store of this kind. */
  objectFetched(kind: string, outcome: Outcome["kind"] | Reason): void;
  /** One object of a Mount was answered by this rule. */
  objectAnswered(kind: string, source: AnswerSource): void;
  /** A store of this kind asked for fewer calls. */
  storeThrottled(kind: string): void;
  /** A session with a store or key service of this kind got a token, or did not for this reason. */
  loggedIn(kind: string, outcome: MountOutcome): void;
  /** The socket of a dialect was removed or replaced by somebody else. */
  socketLost(dialect: string): void;
  /** A piece of heavy work ended, by its name and what became of it. */
  workEnded(job: string, outcome: string): void;
  /** What became of a Kubernetes Event. */
  eventEnded(outcome: string): void;
  /** Hands in what is read when somebody asks for the metrics. */
  watch(sources: MetricSources): void;
  /** All of it in the Prometheus text format. */
  text(): Promise<string>;
  /** The `Content-Type` of `text`. */
  readonly contentType: string;
}

/** Numbers that others keep. */
export interface MetricSources {
  /** Volumes by SecretProviderClass. */
  classes(): Iterable<{
    readonly namespace: string;
    readonly secretProviderClass: string;
    readonly current: number;
    readonly failing: number;
  }>;
  /** Store addresses that are left alone, by kind. */
  openCircuits(): ReadonlyMap<string, number>;
}

export interface MetricsSettings {
  /** Milliseconds since 1970. */
  now(): number;
  readonly version: string;
  readonly commit: string;
}

/** Upper bounds in seconds, from a shared fetch out of memory to kubelet's own limit. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 90, 120];

/** The metrics of `metricCatalogue`, in a registry of their own and without a timer. */
export function createMetrics({ now, version, commit }: MetricsSettings): Metrics {
  const registry = new Registry();
  const describe = (name: MetricName) => ({ ...described(name), registers: [registry] });
  const mounts = new Counter(describe("keyferry_mounts_total"));
  const durations = new Histogram({ ...describe("keyferry_mount_duration_seconds"), buckets });
  const inFlight = new Gauge(describe("keyferry_mounts_in_flight"));
  const lastSuccess = new Gauge(describe("keyferry_mount_last_success_timestamp_seconds"));
  const objects = new Counter(describe("keyferry_objects_fetched_total"));
  const answers = new Counter(describe("keyferry_objects_answered_total"));
  const throttled = new Counter(describe("keyferry_store_throttled_total"));
  new Gauge(describe("keyferry_build_info")).set({ version, commit, node: process.versions.node }, 1);
  const logins = new Counter(describe("keyferry_store_logins_total"));
  const work = new Counter(describe("keyferry_heavy_work_total"));
  const socketsLost = new Counter(describe("keyferry_sockets_lost_total"));
  const events = new Counter(describe("keyferry_events_total"));
  let sources: MetricSources | undefined;
  measureSources(describe, () => sources);
  measureProcess(describe);
  return {
    mountStarted: (dialect) => {
      const start = now();
      inFlight.inc({ dialect });
      return (outcome) => {
        const end = now();
        inFlight.dec({ dialect });
        mounts.inc({ dialect, outcome });
        durations.observe({ dialect, outcome: outcome === "ok" ? "ok" : "failed" }, Math.max(0, end - start) / 1000);
        if (outcome === "ok") lastSuccess.set({ dialect }, end / 1000);
      };
    },
    objectFetched: (store, outcome) => objects.inc({ store, outcome }),
    objectAnswered: (store, source) => answers.inc({ store, source }),
    storeThrottled: (store) => throttled.inc({ store }),
    loggedIn: (store, outcome) => logins.inc({ store, outcome }),
    workEnded: (job, outcome) => work.inc({ job, outcome }),
    socketLost: (dialect) => socketsLost.inc({ dialect }),
    eventEnded: (outcome) => events.inc({ outcome }),
    watch: (handedIn) => {
      sources = handedIn;
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

interface Description {
  readonly name: MetricName;
  readonly help: string;
  readonly labelNames: string[];
}

function described(name: MetricName): Description {
  const { help, labels } = metricCatalogue[name];
  return { name, help, labelNames: [...labels] };
}

/** Classes and addresses come and go: what is not there now has no series. */
function measureSources(
  describe: (name: MetricName) => Description & { registers: Registry[] },
  sources: () => MetricSources | undefined,
) {
  new Gauge({
    ...describe("keyferry_secret_provider_class_volumes"),
    collect() {
      this.reset();
      for (const { namespace, secretProviderClass, current, failing } of sources()?.classes() ?? []) {
        const labels = { namespace, secret_provider_class: secretProviderClass };
        this.set({ ...labels, state: "current" }, current);
        this.set({ ...labels, state: "failing" }, failing);
      }
    },
  });
  new Gauge({
    ...describe("keyferry_store_circuits_open"),
    collect() {
      this.reset();
      for (const [store, open] of sources()?.openCircuits() ?? []) this.set({ store }, open);
    },
  });
}

/** Under the names that every Prometheus client uses; read when somebody asks. */
function measureProcess(describe: (name: MetricName) => Description & { registers: Registry[] }): void {
  new Counter({
    ...describe("process_cpu_seconds_total"),
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    ...describe("process_resident_memory_bytes"),
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
}
