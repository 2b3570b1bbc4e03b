import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";
import { serveSettings } from "../../src/cli/options.ts";
import { builtIn } from "../../src/cli/plugged.ts";
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

interface DaemonSet {
  readonly kind: string;
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] } };
  };
}

const documents = parseAllDocuments(read("deploy/manifests/keyferry.yaml")).map(
  (document) => document.toJS() as DaemonSet,
);
const args = documents.find(({ kind }) => kind === "DaemonSet")?.spec.template.spec.containers[0]?.args ?? [];

describe("the DaemonSet", () => {
  test("has only flags that the daemon knows", () => {
    const flags = args.slice(1).map((word) => /^--([a-z-]+)=/.exec(word)?.[1] ?? word);
    const known: readonly string[] = serveSettings.map(({ flag }) => flag);
    expect(flags.length).toBeGreaterThan(5);
    expect(flags.filter((flag) => !known.includes(flag))).toEqual([]);
  });

  test("offers every socket that the daemon has, and no other", () => {
    const { sockets } = parse(read("deploy/helm/keyferry/values.yaml")) as {
      readonly sockets: Readonly<Record<string, boolean>>;
    };
    expect(Object.keys(sockets).sort()).toEqual([...builtIn.dialectNames].sort());
  });

  test("starts with its command line as rendered, in folders of this machine", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kf-chart-"));
    const config = join(folder, "keyferry.yaml");
    writeFileSync(config, "# Defaults hold.\n");
    const own = args.map((word) =>
      word
        .replace("/var/run/secrets-store-csi-providers", folder)
        .replace("/etc/keyferry/config/keyferry.yaml", config)
        .replace(/--health-address=.*/, "--health-address=127.0.0.1:0"),
    );
    const child = spawn(process.execPath, [join(root, "dist", "main.js"), ...own], {
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
