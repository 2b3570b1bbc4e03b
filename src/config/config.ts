import type { KeyKind, KeySource } from "../model/key.ts";
import type { StoreKind } from "../model/store.ts";

/** A store that the operator owns; SecretProviderClasses name it instead of spelling it out. */
export interface ConfiguredStore {
  readonly name: string;
  readonly store: StoreKind;
  /** What the store's language made. */
  readonly params: unknown;
  /** Patterns of namespaces that may use it; never empty. */
  readonly namespaces: readonly string[];
}

/** A private key of the operator's, and the kind that can say more of it. */
export interface ConfiguredKey {
  readonly kind: KeyKind;
  readonly source: KeySource;
}

/** What manifests may do. */
export interface Policy {
  /** May a SecretProviderClass define a store itself? */
  readonly inlineStores: boolean;
  /** If not empty: the only hosts that a store defined by a manifest, or a SOPS document, may point at. */
  readonly addresses: readonly string[];
  /** Folders below which a manifest may name files of the daemon. */
  readonly files: readonly string[];
}

/** How old an answer may be, in milliseconds. */
export interface RefreshLimits {
  /** For a volume that is already mounted. */
  readonly interval: number;
  /** The shortest interval that a manifest may set for itself. */
  readonly minInterval: number;
  /** For a volume not seen before. */
  readonly firstMount: number;
  /** While the store is failing; 0 is never. */
  readonly staleOnError: number;
}

/** The operator's part of the configuration; flags of `serve` are read elsewhere. */
export interface OperatorConfig {
  readonly stores: readonly ConfiguredStore[];
  readonly keys: readonly ConfiguredKey[];
  readonly policy: Policy;
  readonly refresh: RefreshLimits;
}

/** What holds without a configuration file. */
export const defaultConfig: OperatorConfig = {
  stores: [],
  keys: [],
  policy: { inlineStores: true, addresses: [], files: [] },
  refresh: { interval: 120_000, minInterval: 30_000, firstMount: 2_000, staleOnError: 0 },
};
