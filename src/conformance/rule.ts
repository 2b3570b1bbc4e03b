import type { Probe } from "./probe.ts";
import type { Need } from "./target.ts";

/** One rule of the driver for providers. */
export interface Rule {
  readonly id: string;
  /** What must hold, in one sentence. */
  readonly says: string;
  readonly needs: readonly Need[];
  /** Throws Broken where the rule does not hold. */
  check(probe: Probe): Promise<void>;
}
