import type { Pod } from "./pod.ts";

/** What the owner of a pod should know about its volume. */
export interface Notice {
  /**
   * `rotation-failed`: a mounted volume keeps its old secrets. `mount-failed`: one that this daemon has not mounted yet
   * fails for minutes. `recovered`: after one of them, a Mount ended well.
   */
  readonly kind: "rotation-failed" | "mount-failed" | "recovered";
  readonly pod: Pod;
  /** Empty when the driver did not name it. */
  readonly secretProviderClass: string;
  /** The error's text; empty when there is none. */
  readonly text: string;
}
