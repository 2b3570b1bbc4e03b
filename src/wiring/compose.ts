import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { defaultConfig, type OperatorConfig } from "../config/config.ts";
import { loadConfig, type ConfigIssue } from "../config/load.ts";
import { createKeyferryDialect } from "../dialects/keyferry/index.ts";
import { createKeyring, type SkippedKey } from "../keys/keyring.ts";
import type { KubeApi } from "../kube/api.ts";
import type { Dialect } from "../model/store.ts";
import { UsageError } from "../cli/command.ts";
import { serveSettings, settingKeys } from "../cli/serve/settings.ts";
import type { Plugged } from "./plugins.ts";
import { createWiring, offline, type Surroundings } from "./deps.ts";
import { systemProblem } from "../model/system-error.ts";

/** A configuration file, read: the operator's part, and the daemon's settings as they are written there. */
export interface ReadConfig {
  readonly config: OperatorConfig;
  /** Values by key. */
  readonly settings: ReadonlyMap<string, readonly string[]>;
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
export async function readConfig(path: string, plugged: Plugged): Promise<ReadConfig> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    const problem = `cannot be read: ${systemProblem(error)}`;
    const fix = "correct --config, or put the file there";
    throw new ConfigRefused(`--config ${path} ${problem}`, [{ subject: path, problem: `the file ${problem}`, fix }]);
  });
  // Parsing needs no key: the stores made here only check the entries of `stores`.
  const stores = await plugged.stores(createWiring(() => createKeyring([]), offline));
  const read = loadConfig(text, { file: path, stores, settings: settingKeys(serveSettings) });
  if (read.kind === "refused") {
    throw new ConfigRefused(`the configuration is not usable\n${read.problems.join("\n")}`, read.issues);
  }
  const at = (file: string) => resolve(dirname(path), file);
  const keys = read.config.keys.map((key) => {
    const { passphraseFile, caFile } = key;
    return {
      ...key,
      file: key.file === "" ? "" : at(key.file),
      ...(caFile === undefined ? {} : { caFile: at(caFile) }),
      ...(passphraseFile === undefined ? {} : { passphraseFile: at(passphraseFile) }),
    };
  });
  const settings = [...read.settings].map(
    ([key, value]) => [key, typeof value === "string" ? [value] : value] as const,
  );
  return { config: { ...read.config, keys }, settings: new Map(settings) };
}

/** Everything behind the Mount path, wired. */
export interface Composed {
  readonly dialects: readonly Dialect[];
  /** To be called every half minute: stores tend what they keep. */
  sweep(): void;
  /** Undefined where there is no cluster. */
  readonly kube: KubeApi | undefined;
}

/** Every dialect, wired with the operator's stores and keys; `skipped` is told of key material that is passed over. */
export async function compose(
  config: OperatorConfig,
  plugged: Plugged,
  surroundings: Surroundings,
  skipped?: SkippedKey,
): Promise<Composed> {
  const wiring = createWiring((network) => createKeyring(config.keys, skipped, network), surroundings);
  const stores = await plugged.stores(wiring);
  const byKind = new Map(stores.map((store) => [store.kind, store]));
  const operatorStores = config.stores.map((one) => ({ ...one, store: byKind.get(one.store.kind) ?? one.store }));
  return {
    dialects: [createKeyferryDialect({ stores, operatorStores }), ...(await plugged.dialects(stores, wiring))],
    kube: wiring.kube,
    sweep: () => {
      for (const store of stores) store.sweep?.();
    },
  };
}

/** The operator's configuration of a command that runs without the daemon's settings. */
export async function configOf(path: string | undefined, plugged: Plugged): Promise<OperatorConfig> {
  return path === undefined ? defaultConfig : (await readConfig(path, plugged)).config;
}
