import { describe, expect, test } from "@jest/globals";
import { metricCatalogue } from "../../../src/observe/metric-catalogue.ts";
import { createMetrics } from "../../../src/observe/metrics.ts";

function started(clock = { now: 1_800_000_000_000 }) {
  return { clock, metrics: createMetrics({ now: () => clock.now, version: "1.2.3", commit: "abc" }) };
}

function value(text: string, sample: string): number | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
}

describe("createMetrics", () => {
  test("exposes exactly the catalogue", async () => {
    const text = await started().metrics.text();
    const shown = [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)].map(([, name, help, type]) => ({
      name,
      help,
      type,
    }));
    const known = Object.entries(metricCatalogue).map(([name, { help, type }]) => ({ name, help, type }));
    expect(shown.toSorted((a, b) => (String(a.name) < String(b.name) ? -1 : 1))).toEqual(
      known.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    );
  });

  test("names follow the rules: own prefix or process_, units, counters end in _total", () => {
    for (const [name, { type }] of Object.entries(metricCatalogue)) {
      expect(name).toMatch(/^(keyferry|process)_[a-z_]+$/);
      expect(name.endsWith("_total")).toBe(type === "counter");
    }
  });

  test("counts and times a Mount that ends well", async () => {
    const { clock, metrics } = started();
    const ended = metrics.mountStarted("vault");
    expect(value(await metrics.text(), 'keyferry_mounts_in_flight{dialect="vault"}')).toBe(1);
    clock.now += 300;
    ended("ok");
    const text = await metrics.text();
    expect(value(text, 'keyferry_mounts_in_flight{dialect="vault"}')).toBe(0);
    expect(value(text, 'keyferry_mounts_total{dialect="vault",outcome="ok"}')).toBe(1);
    expect(value(text, 'keyferry_mount_duration_seconds_sum{dialect="vault",outcome="ok"}')).toBeCloseTo(0.3);
    expect(value(text, 'keyferry_mount_last_success_timestamp_seconds{dialect="vault"}')).toBe(1_800_000_000.3);
  });

  test("counts a failure by its reason, times it as failed, and leaves the last success alone", async () => {
    const { metrics } = started();
    metrics.mountStarted("keyferry")("access_denied");
    const text = await metrics.text();
    expect(value(text, 'keyferry_mounts_total{dialect="keyferry",outcome="access_denied"}')).toBe(1);
    expect(value(text, 'keyferry_mount_duration_seconds_count{dialect="keyferry",outcome="failed"}')).toBe(1);
    expect(value(text, 'keyferry_mount_last_success_timestamp_seconds{dialect="keyferry"}')).toBeUndefined();
  });

  test("a clock that steps back makes no negative duration", async () => {
    const { clock, metrics } = started();
    const ended = metrics.mountStarted("aws");
    clock.now -= 5000;
    ended("ok");
    expect(value(await metrics.text(), 'keyferry_mount_duration_seconds_sum{dialect="aws",outcome="ok"}')).toBe(0);
  });

  test("reads what others keep when somebody asks, and forgets what is gone", async () => {
    const { metrics } = started();
    const one = { namespace: "shop", secretProviderClass: "db", current: 2, failing: 1 };
    let classes = [one];
    metrics.watch({ classes: () => classes, openCircuits: () => new Map([["vault", 1]]) });
    const text = await metrics.text();
    const sample = (state: string) =>
      `keyferry_secret_provider_class_volumes{namespace="shop",secret_provider_class="db",state="${state}"}`;
    expect([value(text, sample("current")), value(text, sample("failing"))]).toEqual([2, 1]);
    expect(value(text, 'keyferry_store_circuits_open{store="vault"}')).toBe(1);
    classes = [];
    expect(value(await metrics.text(), sample("current"))).toBeUndefined();
  });

  test("counts logins and Events", async () => {
    const { metrics } = started();
    metrics.loggedIn("azure", "ok");
    metrics.loggedIn("azure", "store_unavailable");
    metrics.eventEnded("sent");
    const text = await metrics.text();
    expect(value(text, 'keyferry_store_logins_total{store="azure",outcome="ok"}')).toBe(1);
    expect(value(text, 'keyferry_store_logins_total{store="azure",outcome="store_unavailable"}')).toBe(1);
    expect(value(text, 'keyferry_events_total{outcome="sent"}')).toBe(1);
  });

  test("counts objects by kind of store, and says what is running", async () => {
    const { metrics } = started();
    metrics.objectFetched("sops", "found");
    metrics.objectFetched("sops", "missing");
    const text = await metrics.text();
    expect(value(text, 'keyferry_objects_fetched_total{store="sops",outcome="found"}')).toBe(1);
    expect(value(text, 'keyferry_objects_fetched_total{store="sops",outcome="missing"}')).toBe(1);
    expect(text).toContain('keyferry_build_info{version="1.2.3",commit="abc",node="');
    expect(value(text, "process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(value(text, "process_cpu_seconds_total")).toBeGreaterThan(0);
    expect(metrics.contentType).toContain("text/plain");
  });

  test("two sets of metrics know nothing of each other", async () => {
    const [one, other] = [started().metrics, started().metrics];
    one.mountStarted("gcp")("ok");
    expect(await other.text()).not.toContain('dialect="gcp"');
  });
});
