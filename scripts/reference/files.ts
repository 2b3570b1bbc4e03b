import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultSettings } from "../../src/model/setting.ts";
import { builtIn, dialectNames, loadPlugins, type Plugins } from "../../src/wiring/plugins.ts";
import { programSettings } from "../../src/wiring/settings/all.ts";
import { chartSchema } from "./chart-schema.ts";
import { configBody, configSchema } from "./config-schema.ts";
import { configurationPage } from "./configuration.ts";
import { layOutJson } from "./json.ts";
import { manifestSchema } from "./manifest-schema.ts";
import { optionsPage } from "./options.ts";

const chart = "deploy/helm/keyferry/values.schema.json";

/** Every file that is made from the program, with its text; paths relative to the root. */
export async function readReference(root: string, plugins: Plugins = builtIn): Promise<ReadonlyMap<string, string>> {
  const { all, daemon } = programSettings(plugins);
  const { stores, dialects } = await loadPlugins(plugins, defaultSettings);
  const parts = { config: configBody(all, stores), daemon, dialects: dialectNames(plugins) };
  return new Map([
    ["docs/reference/options.md", optionsPage(all)],
    ["docs/reference/configuration.md", configurationPage(all)],
    ["deploy/schema/keyferry-config.schema.json", layOutJson(configSchema(all, stores))],
    ["deploy/schema/secretproviderclass.schema.json", layOutJson(manifestSchema(stores, dialects))],
    [chart, chartSchema(readFileSync(join(root, chart), "utf8"), parts)],
  ]);
}
