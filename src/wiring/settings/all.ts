import type { Setting } from "../../model/setting.ts";
import { dialectNames, type Plugins } from "../plugins.ts";
import { daemonSettings, type DaemonSettings } from "./daemon.ts";

/** Every setting that there is: the daemon's by name, and in `all` also the stores'. */
export interface ProgramSettings {
  readonly daemon: DaemonSettings;
  readonly all: readonly Setting<unknown>[];
}

/** The settings of a program with these stores and dialects. */
export function programSettings(plugins: Plugins): ProgramSettings {
  const daemon = daemonSettings(dialectNames(plugins));
  const ofStores = plugins.stores.flatMap(({ settings }) => settings);
  return { daemon, all: [...Object.values<Setting<unknown>>({ ...daemon }), ...ofStores] };
}
