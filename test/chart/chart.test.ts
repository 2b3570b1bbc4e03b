import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";
import { programSettings } from "../../src/wiring/settings/all.ts";
import { builtIn, dialectNames } from "../../src/wiring/plugins.ts";
import { metricCatalogue } from "../../src/observe/metric-catalogue.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

interface Alerts {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

const alerts = (parse(read("deploy/helm/keyferry/files/alerts.yaml")) as Alerts).groups.flatMap(({ rules }) => rules);
const dashboard = JSON.parse(read("deploy/grafana/keyferry.json")) as Dashboard;
const queries = [
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
];

const labelsOf = new Map<string, readonly string[]>(
  Object.entries(metricCatalogue).map(([name, { labels }]) => [name, labels]),
);

/** Labels that Prometheus adds, or the query makes. */
const added = new Set(["le", "job"]);

describe("queries of alerts and dashboard", () => {
  test.each(queries)("%s asks for metrics and labels that there are", (_, expr) => {
    const names = [...expr.matchAll(/\b(?:keyferry|process)_[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, ""));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !labelsOf.has(name))).toEqual([]);
    const known = new Set([...added, ...names.flatMap((name) => labelsOf.get(name) ?? [])]);
    const selected = [...expr.matchAll(/([a-z_]+)\s*(?:=~|!=|!~|=)\s*"/g)].map(([, label = ""]) => label);
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
      list.split(",").map((one) => one.trim()),
    );
    expect([...selected, ...grouped].filter((label) => !known.has(label))).toEqual([]);
  });

  test("the chart's dashboard is the one for import", () => {
    expect(read("deploy/helm/keyferry/files/dashboard.json")).toBe(read("deploy/grafana/keyferry.json"));
  });
});

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

interface DaemonSet {
  readonly kind: string;
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly Container[] } };
  };
}

const documents = parseAllDocuments(read("deploy/manifests/keyferry.yaml")).map(
  (document) => document.toJS() as DaemonSet,
);
const container = documents.find(({ kind }) => kind === "DaemonSet")?.spec.template.spec.containers[0];
const { args, env } = container ?? { args: [], env: [] };

describe("the DaemonSet", () => {
  test("has only variables that the daemon knows, and no flag, which other commands would not see", () => {
    const known = programSettings(builtIn).all.map((setting) => setting.env);
    expect(args).toEqual(["serve"]);
    expect(env.length).toBeGreaterThan(5);
    expect(env.filter(({ name }) => !known.includes(name))).toEqual([]);
  });

  test("offers every socket that the daemon has, and no other", () => {
    const { sockets } = parse(read("deploy/helm/keyferry/values.yaml")) as {
      readonly sockets: Readonly<Record<string, boolean>>;
    };
    expect(Object.keys(sockets).sort()).toEqual([...dialectNames(builtIn)].sort());
  });

  test("starts with its variables as rendered, in folders of this machine", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kf-chart-"));
    const config = join(folder, "keyferry.yaml");
    writeFileSync(config, "# Defaults hold.\n");
    const own = {
      ...Object.fromEntries(env.map(({ name, value }) => [name, value])),
      KEYFERRY_PROVIDERS_DIR: folder,
      KEYFERRY_CONFIG: config,
      KEYFERRY_HEALTH_ADDRESS: "127.0.0.1:0",
    };
    const child = spawn(process.execPath, [join(root, "dist", "main.js"), ...args], {
      env: { ...process.env, ...own },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    const ready = new Promise<boolean>((resolve) => {
      child.stdout.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('"message":"ready"')) resolve(true);
      });
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
      child.once("exit", () => {
        resolve(false);
      });
    });
    const started = await ready;
    child.kill("SIGTERM");
    expect([started, started ? "" : said]).toEqual([true, ""]);
  });
});
