import type { Setting } from "./setting.ts";

/** A right of the daemon at the Kubernetes API that a store makes use of; the doctor checks it. */
export interface Permission {
  readonly verb: string;
  readonly resource: string;
  /** Whether only the daemon's own namespace is meant; all of them otherwise. */
  readonly ownNamespace: boolean;
  /** The setting that names the one object that is meant; undefined for all. Without that setting it is unused. */
  readonly nameSetting: Setting<string> | undefined;
  /** What it is for: `revoking Vault leases of pods that are gone`. */
  readonly purpose: string;
  /** What happens without. */
  readonly without: string;
  /** The chart's value that grants it. */
  readonly value: string;
  /** Whether serving the store's own dialect cannot work without. */
  readonly required: boolean;
}
