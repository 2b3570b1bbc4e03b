import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { defaultConfig, type OperatorConfig } from "../config/config.ts";
import { loadConfig, type Settings } from "../config/load.ts";
import { createKeyferryDialect } from "../dialects/keyferry/index.ts";
import { createKeyring } from "../keys/keyring.ts";
import type { Dialect, Store } from "../model/store.ts";
import type { StoreWiring } from "../stores/index.ts";
import { UsageError } from "./command.ts";

/** What is plugged in: the stores that there are, and the official providers' dialects. */
export interface Plugged {
  stores(wiring: StoreWiring): readonly Store[];
  /** Dialects besides the native one. */
  dialects(stores: readonly Store[]): readonly Dialect[];
}

/** The daemon's parts below the sockets, wired by one configuration. */
export interface Composition {
  readonly config: OperatorConfig;
  readonly settings: Settings;
  readonly dialects: readonly Dialect[];
}

/** Reads the operator configuration, if there is one, and wires stores and dialects with it. Throws UsageError. */
export async function compose(configFile: string | undefined, plugged: Plugged): Promise<Composition> {
  const { config, settings } = await readConfig(configFile, plugged);
  const stores = plugged.stores({ keyring: createKeyring(config.keys) });
  const byKind = new Map(stores.map((store) => [store.kind, store]));
  const operatorStores = config.stores.map((entry) => ({
    ...entry,
    store: byKind.get(entry.store.kind) ?? entry.store,
  }));
  return {
    config,
    settings,
    dialects: [createKeyferryDialect({ stores, operatorStores }), ...plugged.dialects(stores)],
  };
}

async function readConfig(
  path: string | undefined,
  plugged: Plugged,
): Promise<{ config: OperatorConfig; settings: Settings }> {
  if (path === undefined) return { config: defaultConfig, settings: new Map() };
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new UsageError(
      `--config ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`,
    );
  });
  // Parsing needs no key: the stores made here only check the entries of `stores`.
  const read = loadConfig(text, path, plugged.stores({ keyring: createKeyring([]) }));
  if (read.kind === "refused") throw new UsageError(`the configuration is not usable\n${read.problems.join("\n")}`);
  const keys = read.config.keys.map((key) => ({ ...key, file: resolve(dirname(path), key.file) }));
  return { config: { ...read.config, keys }, settings: read.settings };
}
