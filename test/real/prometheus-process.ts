import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

/** One line of an answer: its labels, and its points as seconds since 1970 and value. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [number, number])[];
}

/** A real Prometheus that scrapes one address every second. */
export interface Prometheus {
  /** The lines of a query over the last so many seconds. Rejects when Prometheus does not take the query. */
  range(expr: string, seconds: number): Promise<readonly Series[]>;
  /** Name and state of each alert rule: `ok` or what is wrong with it. */
  rules(): Promise<readonly { readonly name: string; readonly health: string }[]>;
  stop(): Promise<void>;
}

interface RangeAnswer {
  readonly result: readonly { metric: Record<string, string>; values: readonly (readonly [number, string])[] }[];
}

interface RulesAnswer {
  readonly groups: readonly { readonly rules: readonly { readonly name: string; readonly health: string }[] }[];
}

/** Starts the program; `target` is `HOST:PORT`, `rules` the path of a rule file. */
export async function startPrometheus(program: string, target: string, rules: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), "kf-prometheus-"));
  const config = {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: [rules],
    scrape_configs: [{ job_name: "keyferry/keyferry", static_configs: [{ targets: [target] }] }],
  };
  writeFileSync(join(folder, "prometheus.yaml"), JSON.stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const words = [
    `--config.file=${join(folder, "prometheus.yaml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=${address}`,
    "--log.level=error",
  ];
  const child = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ask = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://${address}${path}`);
    const { data, error } = (await answer.json()) as { data?: unknown; error?: string };
    if (answer.status !== 200) throw new Error(`${answer.status} ${error ?? ""}`);
    return data;
  };
  for (let tries = 0; (await fetch(`http://${address}/-/ready`).catch(() => undefined))?.status !== 200; tries += 1) {
    if (tries > 200 || child.exitCode !== null) throw new Error(`Prometheus does not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    range: async (expr, seconds) => {
      const end = Date.now() / 1000;
      const query = new URLSearchParams({ query: expr, start: String(end - seconds), end: String(end), step: "1" });
      const { result } = (await ask(`/api/v1/query_range?${query.toString()}`)) as RangeAnswer;
      return result.map(({ metric, values }) => ({
        labels: metric,
        points: values.map(([time, value]) => [time, Number(value)] as const),
      }));
    },
    rules: async () => ((await ask("/api/v1/rules")) as RulesAnswer).groups.flatMap((group) => group.rules),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
