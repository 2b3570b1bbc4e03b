import { defaultConfig } from "../../src/config/config.ts";
import type { Dialect } from "../../src/model/dialect.ts";
import { composeReading } from "../../src/wiring/compose.ts";
import { defaultSettings } from "../../src/model/setting.ts";
import { builtIn } from "../../src/wiring/plugins.ts";

/** Every dialect of this build, as a command that only reads manifests has them. */
export async function everyDialect(): Promise<readonly Dialect[]> {
  return (await composeReading(defaultConfig, builtIn, defaultSettings)).dialects;
}
