import type { Reason } from "./reasons.ts";

/** Told each time that a session with a store or key service of this kind got a new token, or did not and why. */
export type LoginObserver = (kind: string, outcome: Reason | "ok") => void;
