interface Entry {
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
}

/** Every metric, its labels and its help; docs/reference/metrics.md lists the same. No label holds what a user chose. */
export const metricCatalogue = {
  keyferry_mounts_total: {
    type: "counter",
    labels: ["dialect", "outcome"],
    help: "Mounts that ended, by outcome: ok, or the reason of the failure.",
  },
  keyferry_mount_duration_seconds: {
    type: "histogram",
    labels: ["dialect", "outcome"],
    help: "How long Mounts took, by outcome: ok or failed.",
  },
  keyferry_mounts_in_flight: { type: "gauge", labels: ["dialect"], help: "Mounts that have not ended yet." },
  keyferry_mount_last_success_timestamp_seconds: {
    type: "gauge",
    labels: ["dialect"],
    help: "When a Mount last ended well, in seconds since 1970.",
  },
  keyferry_objects_fetched_total: {
    type: "counter",
    labels: ["store", "outcome"],
    help: "Objects asked for, by kind of store and by what the store said.",
  },
  keyferry_objects_answered_total: {
    type: "counter",
    labels: ["store", "source"],
    help: "Objects of Mounts by what answered: fetched, shared, stale (while the store failed) or refused.",
  },
  keyferry_store_throttled_total: {
    type: "counter",
    labels: ["store"],
    help: "Answers by which a store of this kind asked for fewer calls.",
  },
  keyferry_build_info: {
    type: "gauge",
    labels: ["version", "commit", "node"],
    help: "Always 1; its labels say what is running.",
  },
  process_cpu_seconds_total: { type: "counter", labels: [], help: "User and system time of the process in seconds." },
  process_resident_memory_bytes: { type: "gauge", labels: [], help: "Resident memory of the process in bytes." },
} as const satisfies Readonly<Record<string, Entry>>;

/** The name of a metric. */
export type MetricName = keyof typeof metricCatalogue;
