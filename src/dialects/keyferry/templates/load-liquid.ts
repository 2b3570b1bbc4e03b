import { createRequire } from "node:module";
import type * as LiquidModule from "liquidjs";

declare const __KEYFERRY_LIQUID__: string | undefined;

/** The engine's module, from this one: the build puts a copy beside the chunks. */
const specifier = typeof __KEYFERRY_LIQUID__ === "string" ? __KEYFERRY_LIQUID__ : "liquidjs";

export type Liquid = typeof LiquidModule;

/**
 * Loads the template engine without a pause, because manifests are parsed without one: a daemon that mounts no template
 * never has it in memory (40 ms and some MiB).
 */
export function loadLiquid(): Liquid {
  return createRequire(import.meta.url)(specifier) as Liquid;
}
