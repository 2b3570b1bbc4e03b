import { defaultConfig, type OperatorConfig } from "../../config/config.ts";
import type { ReadConfig } from "../compose.ts";
import type { Plugins } from "../plugins.ts";
import { programSettings, type ProgramSettings } from "./all.ts";
import { configSetting } from "./daemon.ts";
import { readSettings, type SettingReading, type SettingSources } from "./read.ts";

/** What the operator says: the configuration file's own part, and every setting parsed. */
export interface LoadedSettings extends ProgramSettings, SettingReading {
  readonly config: OperatorConfig;
  /** Path of the configuration file; undefined where none is named. */
  readonly path: string | undefined;
}

/**
 * Reads flags, variables and the configuration file that they name, with `read` in the place of what throws
 * ConfigRefused for a file that cannot be used.
 */
export async function loadSettings(
  plugins: Plugins,
  sources: Pick<SettingSources, "flags" | "env">,
  // What reads the file is loaded where there is one.
  read = async (path: string): Promise<ReadConfig> => (await import("../compose.ts")).readConfig(path, plugins),
): Promise<LoadedSettings> {
  const named = readSettings([configSetting], { ...sources, file: undefined }).values.get(configSetting);
  const path = named === "" ? undefined : named;
  const { config, settings } = path === undefined ? { config: defaultConfig, settings: new Map() } : await read(path);
  const file = path === undefined ? undefined : { path, values: settings };
  const program = programSettings(plugins);
  return { ...program, config, path, ...readSettings(program.all, { ...sources, file }) };
}
