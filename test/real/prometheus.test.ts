import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { tool } from "../../scripts/tools.mjs";
import { startPrometheus, type Prometheus } from "./prometheus-process.ts";
import { startWatchedFleet, type WatchedFleet } from "./watched-fleet.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const alertsFile = join(root, "deploy", "helm", "keyferry", "files", "alerts.yaml");

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

interface Alerts {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

const dashboard = JSON.parse(readFileSync(join(root, "deploy", "grafana", "keyferry.json"), "utf8")) as Dashboard;
const panels = dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const));
const alerts = (parse(readFileSync(alertsFile, "utf8")) as Alerts).groups.flatMap(({ rules }) => rules);

const program = tool("prometheus");
const withProgram = program === undefined ? describe.skip : describe;

withProgram("the real metrics in a real Prometheus", () => {
  let fleet: WatchedFleet | undefined;
  let prometheus: Prometheus;
  let stopPrometheus = () => Promise.resolve();

  beforeAll(async () => {
    fleet = await startWatchedFleet();
    prometheus = await startPrometheus(program ?? "", fleet.target, alertsFile);
    stopPrometheus = () => prometheus.stop();
    for (const weather of ["fine", "throttles", "down", "gone"] as const) await fleet.run(4_000, weather);
  });

  afterAll(async () => {
    await Promise.all([stopPrometheus(), fleet?.stop()]);
  });

  test.each(panels)("panel %s shows something", async (_, expr) => {
    const lines = await prometheus.range(expr.replaceAll("$__rate_interval", "8s"), 20);
    expect(lines.length).toBeGreaterThan(0);
    for (const { points } of lines) expect(points.length).toBeGreaterThan(0);
  });

  test("every alert can be evaluated", async () => {
    const states = await prometheus.rules();
    expect(states).toEqual(alerts.map(({ alert }) => expect.objectContaining({ name: alert, health: "ok" })));
  });

  test("volumes that fail are shown by class, and answers from before an outage", async () => {
    const failing = await prometheus.range('keyferry_secret_provider_class_volumes{state="failing"} > 0', 3);
    expect(failing.map(({ labels }) => labels["secret_provider_class"])).toContain("billing-api");
    expect(await prometheus.range('keyferry_objects_answered_total{source="stale"} > 0', 20)).not.toEqual([]);
    expect(await prometheus.range('keyferry_store_logins_total{store="vault",outcome="ok"} > 0', 20)).not.toEqual([]);
  });
});
