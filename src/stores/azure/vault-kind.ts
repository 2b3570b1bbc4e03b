import type { AzureVersion } from "./objects.ts";

/** One version of a list. */
export interface ListedVersion {
  readonly version: string;
  readonly enabled: boolean;
  /** Seconds since 1970; 0 where it is not said. */
  readonly created: number;
}

/** One kind of a vault's objects, as the SDK's client of that kind reads it. */
export interface VaultKind {
  /** One version, the latest for "". Rejects as `runCall` does. */
  read(name: string, version: string): Promise<AzureVersion>;
  /** Every version by pages. Throws as `runCall` rejects. */
  pages(name: string): AsyncIterator<readonly ListedVersion[]>;
}

/** One secret of a vault's list: of its newest version. */
export interface ListedSecret {
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly enabled: boolean;
  /** Seconds since 1970; undefined where it has no end. */
  readonly expires: number | undefined;
}

/** The kind that `find` lists. */
export interface VaultSecrets extends VaultKind {
  /** Every secret without its value, by pages. Throws as `runCall` rejects. */
  list(): AsyncIterator<readonly ListedSecret[]>;
}
