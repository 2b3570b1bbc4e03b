import { defaultConfig, type OperatorConfig } from "../../config/config.ts";
import type { SettingValues } from "../../model/setting.ts";
import { ConfigRefused, readConfig, type ReadConfig } from "../../wiring/compose.ts";
import type { Plugins } from "../../wiring/plugins.ts";
import { loadSettings } from "../../wiring/settings/load.ts";
import { problemText } from "../../wiring/settings/read.ts";
import { UsageError, type CliOutside, type Given } from "../command.ts";
import { serveOptions, type ServeOptions } from "../serve/options.ts";
import { findingsOf, many, type Finding } from "./finding.ts";

/** What the daemon would run with, and what is wrong with it. */
export interface ExaminedSettings {
  readonly options: ServeOptions;
  readonly config: OperatorConfig;
  readonly values: SettingValues;
  /** Paths of files with secrets that settings name. */
  readonly secretFiles: readonly string[];
  readonly findings: readonly Finding[];
}

const { ok, problem } = findingsOf("config");

/**
 * Reads settings as `serve` does. What is wrong with a flag of this command line is wrong usage (throws UsageError);
 * what is wrong elsewhere is a finding, and its default holds.
 */
export async function examineSettings(given: Given, outside: CliOutside, plugins: Plugins): Promise<ExaminedSettings> {
  const findings: Finding[] = [];
  const sources = { flags: given, env: outside.env };
  const loaded = await loadSettings(plugins, sources, (path) => examineFile(path, plugins, findings));
  const { config, daemon, all, values, path, problems } = loaded;
  if (path === undefined) findings.push(ok("operator configuration", "none is named; defaults hold"));
  const wrongUsage = problems.filter(({ source }) => source === "flag");
  if (wrongUsage.length > 0) throw new UsageError(wrongUsage.map(problemText).join("\n"));
  findings.push(
    ...problems.map((one) => problem("settings", problemText(one), "correct it; the daemon does not start with it")),
  );
  const secretFiles = all
    .filter(({ secretFile }) => secretFile)
    .map((setting) => values.get(setting))
    .filter((file): file is string => typeof file === "string" && file !== "");
  return { options: serveOptions(daemon, values, outside.terminal), config, values, secretFiles, findings };
}

/** The file as far as it can be used; what is wrong with it becomes findings. */
async function examineFile(path: string, plugins: Plugins, findings: Finding[]): Promise<ReadConfig> {
  try {
    const read = await readConfig(path, plugins);
    const { stores, keys } = read.config;
    findings.push(ok(path, `parses: ${many(stores.length, "store")}, ${many(keys.length, "key")}`));
    return read;
  } catch (thrown) {
    if (!(thrown instanceof ConfigRefused)) throw thrown;
    findings.push(...thrown.issues.map(({ subject, problem: what, fix }) => problem(subject, what, fix)));
    return { config: defaultConfig, settings: new Map() };
  }
}
