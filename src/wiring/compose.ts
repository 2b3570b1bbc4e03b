import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { defaultConfig, type OperatorConfig } from "../config/config.ts";
import { loadConfig, type ConfigIssue, type Written } from "../config/load.ts";
import { createKeyferryDialect } from "../dialects/keyferry/index.ts";
import { createKeyring, type SkippedKey } from "../keys/keyring.ts";
import type { KubeApi } from "../kube/api.ts";
import type { Dialect } from "../model/dialect.ts";
import { MountError } from "../model/error.ts";
import type { StoreConnection, StoreKind } from "../model/store.ts";
import { defaultSettings, type SettingValues } from "../model/setting.ts";
import type { StoreDeps, StoreModule } from "../stores/plugin.ts";
import { UsageError } from "./usage-error.ts";
import { programSettings } from "./settings/all.ts";
import { loadPlugins, type Plugins } from "./plugins.ts";
import { createDeps, type Surroundings } from "./deps.ts";
import { createMetering, type Metering } from "./metering.ts";
import { systemProblem } from "../model/system-error.ts";

/** A configuration file, read: the operator's part, and the daemon's settings as they are written there. */
export interface ReadConfig {
  readonly config: OperatorConfig;
  /** Values by key. */
  readonly settings: ReadonlyMap<string, Written>;
}

/** A configuration file that cannot be used, with every problem of it. */
export class ConfigRefused extends UsageError {
  readonly issues: readonly ConfigIssue[];

  constructor(message: string, issues: readonly ConfigIssue[]) {
    super(message);
    this.issues = issues;
  }
}

/** Reads a configuration file. Throws ConfigRefused. Paths in it are relative to it. */
export async function readConfig(path: string, plugins: Plugins): Promise<ReadConfig> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    const problem = `cannot be read: ${systemProblem(error)}`;
    const fix = "correct --config, or put the file there";
    throw new ConfigRefused(`--config ${path} ${problem}`, [{ subject: path, problem: `the file ${problem}`, fix }]);
  });
  const { stores } = await loadPlugins(plugins, defaultSettings);
  const read = loadConfig(text, {
    file: path,
    stores,
    keys: await plugins.keys(),
    pathOf: (file) => resolve(dirname(path), file),
    settings: programSettings(plugins).all,
  });
  if (read.kind === "refused") {
    throw new ConfigRefused(`the configuration is not usable\n${read.problems.join("\n")}`, read.issues);
  }
  return { config: read.config, settings: read.settings };
}

/** What manifests are read with. */
export interface Reading {
  readonly stores: readonly StoreModule["store"][];
  readonly dialects: readonly Dialect[];
}

/** Every dialect, over the operator's stores. Nothing is connected: enough for who only reads manifests. */
export async function composeReading(
  config: OperatorConfig,
  plugins: Plugins,
  values: SettingValues,
): Promise<Reading> {
  const { stores, dialects } = await loadPlugins(plugins, values);
  const operatorStores = withSettings(config.stores, stores);
  return { stores, dialects: [createKeyferryDialect({ stores, operatorStores }), ...dialects] };
}

/** The operator's stores as the daemon's settings make them: the configuration was read before these were known. */
export function withSettings(
  configured: OperatorConfig["stores"],
  stores: readonly StoreKind[],
): OperatorConfig["stores"] {
  const byKind = new Map(stores.map((store) => [store.kind, store]));
  return configured.map((one) => ({ ...one, store: byKind.get(one.store.kind) ?? one.store }));
}

/** Everything behind the Mount path. */
export interface Composed extends Reading {
  /** The one connection for stores of a kind. */
  connectionOf(store: StoreKind): StoreConnection;
  /** To be called every half minute: stores tend what they keep. */
  tend(): void;
  /** Undefined where there is no cluster. */
  readonly kube: KubeApi | undefined;
  readonly hmacKey: StoreDeps["hmacKey"];
  readonly compute: StoreDeps["compute"];
  readonly metered: Metering["metered"];
}

/** Every dialect, and every store connected; `skipped` is called for key material that is not used. */
export async function compose(
  config: OperatorConfig,
  plugins: Plugins,
  surroundings: Surroundings,
  skipped?: SkippedKey,
): Promise<Composed> {
  const { metered, meterOf } = createMetering();
  const sources = config.keys.map(({ source }) => source);
  const keys = await plugins.keys();
  const deps = createDeps((network) => createKeyring(sources, skipped, network, keys), surroundings, meterOf);
  const reading = await composeReading(config, plugins, surroundings.settings);
  return {
    ...reading,
    ...connectAll(reading.stores, deps),
    kube: deps.kube,
    hmacKey: deps.hmacKey,
    compute: deps.compute,
    metered,
  };
}

/** One connection a kind. */
export function connectAll(stores: Reading["stores"], deps: StoreDeps): Pick<Composed, "connectionOf" | "tend"> {
  const connections = new Map(stores.map((store) => [store.kind, store.connect(deps)]));
  return {
    connectionOf: ({ kind }) => {
      const connection = connections.get(kind);
      if (connection === undefined) throw new MountError("internal", `there is no connection for stores of ${kind}`);
      return connection;
    },
    tend: () => {
      for (const connection of connections.values()) connection.tend();
    },
  };
}

/** The operator's configuration of a command that runs without the daemon's settings. */
export async function configOf(path: string | undefined, plugins: Plugins): Promise<OperatorConfig> {
  return path === undefined ? defaultConfig : (await readConfig(path, plugins)).config;
}
