interface Entry {
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
}

/** Every metric, its labels and its help; docs/reference/metrics.md lists the same. Two labels hold what users chose, `namespace`
 * and `secret_provider_class`; they are bounded in number. */
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
  keyferry_secret_provider_class_volumes: {
    type: "gauge",
    labels: ["namespace", "secret_provider_class", "state"],
    help: "Volumes on this node with a Mount in the last ten minutes, by how the last one ended: current or failing.",
  },
  keyferry_store_circuits_open: {
    type: "gauge",
    labels: ["store"],
    help: "Addresses of stores of this kind that failed many times in a row and are left alone but for a probe.",
  },
  keyferry_store_logins_total: {
    type: "counter",
    labels: ["store", "outcome"],
    help: "Tokens got for a session with a store or key service, by outcome: ok, or the reason of the failure.",
  },
  keyferry_heavy_work_total: {
    type: "counter",
    labels: ["job", "outcome"],
    help: "Heavy work that was done beside the daemon, by what it was and by outcome: done, refused, exceeded (time or memory), cancelled or failed.",
  },
  keyferry_sockets_lost_total: {
    type: "counter",
    labels: ["dialect"],
    help: "Sockets that somebody else removed or replaced while they were served; each is claimed again within a second.",
  },
  keyferry_events_total: {
    type: "counter",
    labels: ["outcome"],
    help: "Kubernetes Events about Mounts: sent, held back because there were enough, or refused by the API.",
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
