import type { KeyPlugin } from "../keys/plugin.ts";
import type { Dialect } from "../model/dialect.ts";
import { plugins as stores } from "../stores/index.ts";
import type { SettingValues } from "../model/setting.ts";
import type { StoreModule, StorePlugin } from "../stores/plugin.ts";

/** What is plugged in. */
export interface Plugins {
  readonly stores: readonly StorePlugin[];
  /** Loaded for a configuration file or the first Mount: what opens keys costs 8 MiB. */
  keys(): Promise<readonly KeyPlugin[]>;
}

/** What this build has. */
export const builtIn: Plugins = { stores, keys: async () => (await import("../keys/kinds.ts")).keyKinds };

/** Names of all dialects, the native one first, the others by name. */
export function dialectNames(plugins: Plugins): readonly string[] {
  return ["keyferry", ...plugins.stores.flatMap(({ providers }) => providers).sort()];
}

/** The stores and dialects of these settings, in the order of the list. Nothing of them is in memory before. */
export async function loadPlugins(
  plugins: Plugins,
  values: SettingValues,
): Promise<{ readonly stores: readonly StoreModule["store"][]; readonly dialects: readonly Dialect[] }> {
  const makers = await Promise.all(plugins.stores.map((plugin) => plugin.load()));
  const modules = makers.map((make) => make(values));
  return { stores: modules.map(({ store }) => store), dialects: modules.flatMap(({ dialects }) => dialects) };
}
