import type { SettingValues } from "../../src/model/setting.ts";
import { builtIn } from "../../src/wiring/plugins.ts";
import { programSettings } from "../../src/wiring/settings/all.ts";
import { readSettings } from "../../src/wiring/settings/read.ts";

const { all } = programSettings(builtIn);

/** What these flags and variables set; what does not parse has its default. */
export function settingsFor(
  flags: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): SettingValues {
  const given = new Map(Object.entries(flags).map(([flag, text]) => [flag, [text]]));
  return readSettings(all, { flags: given, env, file: undefined }).values;
}
