// Draws docs/images/dashboard.svg: the panels of the Grafana dashboard, out of the real metrics of a daemon in a real
// Prometheus, while the store is fine, throttles, is down, and has lost a secret.
//
//   node scripts/with-node.mjs scripts/dashboard-image.ts
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPrometheus } from "../test/real/prometheus-process.ts";
import { startWatchedFleet } from "../test/real/watched-fleet.ts";
import { drawPanels, type Panel } from "./chart/panels-svg.ts";
import { tool } from "./tools.mjs";

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly fieldConfig: { readonly defaults: { readonly unit: string } };
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = tool("prometheus");
if (program === undefined) process.exit(1);
const dashboard = JSON.parse(readFileSync(join(root, "deploy", "grafana", "keyferry.json"), "utf8")) as Dashboard;
const weather = [
  ["fine", 20],
  ["throttles", 20],
  ["fine", 15],
  ["down", 25],
  ["fine", 20],
  ["gone", 20],
] as const;
const seconds = weather.reduce((sum, [, length]) => sum + length, 0);

const fleet = await startWatchedFleet();
const alerts = join(root, "deploy", "helm", "keyferry", "files", "alerts.yaml");
const prometheus = await startPrometheus(program, fleet.target, alerts);
for (const [kind, length] of weather) await fleet.run(length * 1000, kind);
const end = Date.now() / 1000;
const panels: Panel[] = [];
for (const { title, fieldConfig, targets } of dashboard.panels) {
  const lines: Panel["lines"][number][] = [];
  for (const { expr, legendFormat } of targets) {
    for (const { labels, points } of await prometheus.range(expr.replaceAll("$__rate_interval", "10s"), seconds)) {
      const name = legendFormat.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? "");
      lines.push({ name, points });
    }
  }
  panels.push({ title, unit: fieldConfig.defaults.unit, lines });
}
await prometheus.stop();
await fleet.stop();
writeFileSync(join(root, "docs", "images", "dashboard.svg"), drawPanels(panels, end - seconds, end));
