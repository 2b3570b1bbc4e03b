import { defaultConfig, type OperatorConfig } from "../../config/config.ts";
import { UsageError, type CliOutside, type Given } from "../command.ts";
import { ConfigRefused, readConfig } from "../compose.ts";
import { chooseSettings, serveSettings, variableOf } from "../options.ts";
import type { Plugged } from "../plugged.ts";
import { parseServeOptions, type ServeOptions } from "../serve-options.ts";
import { findingsOf, many, type Finding } from "./finding.ts";

/** What the daemon would run with, and what is wrong with it. */
export interface DaemonSettings {
  readonly options: ServeOptions;
  readonly config: OperatorConfig;
  /** A setting by the name of its flag; empty where it is not set. */
  readonly setting: (flag: string) => string;
  readonly findings: readonly Finding[];
}

const { ok, problem } = findingsOf("config");

/**
 * Reads settings as `serve` does. What is wrong with a flag of this command line is wrong usage (throws UsageError);
 * what is wrong elsewhere is a finding, and what can be read without it holds.
 */
export async function readSettings(given: Given, outside: CliOutside, plugged: Plugged): Promise<DaemonSettings> {
  const parse = (env: CliOutside["env"], values: ReadonlyMap<string, readonly string[]>, path: string) => {
    const chosen = chooseSettings(serveSettings, given, env, { path, values });
    const setting = (flag: string) => chosen.get(flag)?.values.at(-1) ?? "";
    return { options: parseServeOptions(chosen, plugged.dialectNames, outside.terminal), setting };
  };
  const flagsOnly = parse({}, new Map(), "");
  const path = pathOf(given, outside.env);
  const { config, settings, findings } = await readFile(path, plugged);
  try {
    return { ...parse(outside.env, settings, path ?? ""), config, findings };
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    const wrong = problem("settings", thrown.message, "correct it; the daemon does not start with it");
    return { ...flagsOnly, config, findings: [...findings, wrong] };
  }
}

function pathOf(given: Given, env: CliOutside["env"]): string | undefined {
  const variable = env[variableOf({ flag: "config", value: "FILE", help: "" })];
  return given.get("config")?.[0] ?? (variable === "" ? undefined : variable);
}

async function readFile(path: string | undefined, plugged: Plugged) {
  const none = { config: defaultConfig, settings: new Map<string, readonly string[]>() };
  if (path === undefined) return { ...none, findings: [ok("operator configuration", "none is named; defaults hold")] };
  try {
    const read = await readConfig(path, plugged);
    const { stores, keys } = read.config;
    return { ...read, findings: [ok(path, `parses: ${many(stores.length, "store")}, ${many(keys.length, "key")}`)] };
  } catch (thrown) {
    if (!(thrown instanceof ConfigRefused)) throw thrown;
    return { ...none, findings: thrown.issues.map(({ subject, problem: what, fix }) => problem(subject, what, fix)) };
  }
}
