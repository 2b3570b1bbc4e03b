import { defaultConfig, type OperatorConfig } from "../../config/config.ts";
import { UsageError, type CliOutside, type Given } from "../command.ts";
import { ConfigRefused, readConfig } from "../../wiring/compose.ts";
import { chooseSettings, serveSettings, variableOf, type Chosen } from "../serve/settings.ts";
import { dialectNames, type Plugins } from "../../wiring/plugins.ts";
import { parseServeOptions, type ServeOptions } from "../serve/options.ts";
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
export async function readSettings(given: Given, outside: CliOutside, plugins: Plugins): Promise<DaemonSettings> {
  const parse = (chosen: Chosens) => parseServeOptions(chosen, dialectNames(plugins), outside.terminal);
  const fromFlags = chooseSettings(serveSettings, given, {}, { path: "", values: new Map() });
  parse(fromFlags);
  const path = pathOf(given, outside.env);
  const { config, settings, findings } = await readFile(path, plugins);
  const chosen = new Map(chooseSettings(serveSettings, given, outside.env, { path: path ?? "", values: settings }));
  const wrong: Finding[] = [];
  for (;;) {
    try {
      const options = parse(chosen);
      const setting = (flag: string) => chosen.get(flag)?.values.at(-1) ?? "";
      return { options, setting, config, findings: [...findings, ...wrong] };
    } catch (thrown) {
      if (!(thrown instanceof UsageError) || !putBack(chosen, fromFlags, thrown)) throw thrown;
      wrong.push(problem("settings", thrown.message, "correct it; the daemon does not start with it"));
    }
  }
}

type Chosens = ReadonlyMap<string, Chosen>;

/** Takes the flag or default in the place of the one value that was refused; false when it is not known which. */
function putBack(chosen: Map<string, Chosen>, instead: Chosens, { message }: UsageError): boolean {
  const refused = [...chosen].find(([flag, { from }]) => {
    return message.startsWith(`${from}: `) && instead.get(flag)?.from !== from;
  });
  if (refused === undefined) return false;
  const [flag] = refused;
  const other = instead.get(flag);
  if (other === undefined) chosen.delete(flag);
  else chosen.set(flag, other);
  return true;
}

function pathOf(given: Given, env: CliOutside["env"]): string | undefined {
  const variable = env[variableOf({ flag: "config", value: "FILE", help: "" })];
  return given.get("config")?.[0] ?? (variable === "" ? undefined : variable);
}

async function readFile(path: string | undefined, plugins: Plugins) {
  const none = { config: defaultConfig, settings: new Map<string, readonly string[]>() };
  if (path === undefined) return { ...none, findings: [ok("operator configuration", "none is named; defaults hold")] };
  try {
    const read = await readConfig(path, plugins);
    const { stores, keys } = read.config;
    return { ...read, findings: [ok(path, `parses: ${many(stores.length, "store")}, ${many(keys.length, "key")}`)] };
  } catch (thrown) {
    if (!(thrown instanceof ConfigRefused)) throw thrown;
    return { ...none, findings: thrown.issues.map(({ subject, problem: what, fix }) => problem(subject, what, fix)) };
  }
}
