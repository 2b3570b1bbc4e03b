import type { PodVolume } from "../driver/request.ts";

/** A situation that an author provides by a manifest of the provider's own language. */
export const caseNames = [
  "binary",
  "missing",
  "denied",
  "unauthenticated",
  "unavailable",
  "slow",
  "invalid",
  "empty",
  "bad-path",
  "conflict",
  "nested",
  "bad-mode",
  "too-large",
  "token",
] as const;

/** The name of a case. */
export type CaseName = (typeof caseNames)[number];

/** What each case's manifest asks for. */
export const caseHelp: Readonly<Record<CaseName, string>> = {
  binary: "an object whose bytes are no text; name its file and bytes with --expect",
  missing: "an object that is there and one that is not",
  denied: "an object that the pod's identity may not read",
  unauthenticated: "an object of a store that refuses the pod's login",
  unavailable: "an object of a store that nobody answers for",
  slow: "an object of a store that never answers",
  invalid: "a manifest that the provider's language does not allow",
  empty: "a manifest without any object",
  "bad-path": "an object whose file's path the driver refuses, such as ../x",
  conflict: "two objects that make one path both a file and a folder",
  nested: "an object whose file lies in a folder",
  "bad-mode": "a file mode that is none, such as 1000",
  "too-large": "more than the driver's --max-call-recv-msg-size",
  token: "an object that needs the service-account token given with --token",
};

/** What a rule needs besides the socket. */
export type Need = "valid" | "tokens" | "expected" | "other-account" | "other-socket" | "control" | CaseName;

/** The provider's process, where whoever runs the rules can start and stop it. */
export interface Control {
  /** Changes the content of the valid manifest's object. */
  change(): Promise<void>;
  /** Ends the process and starts it again on the same socket. */
  restart(): Promise<void>;
  /** Sends SIGTERM; the exit code, and whether the socket's file is still there. */
  terminate(): Promise<{ readonly exit: number | string; readonly left: boolean }>;
  /** Starts the process where its socket lies already, dead or served by another; undefined where it did not start. */
  startOver(socket: "dead" | "served"): Promise<{ readonly mode: number } | undefined>;
}

/** A rule is broken; the message says by what, and holds no value. */
export class Broken extends Error {
  override readonly name = "Broken";
}

/** Throws Broken unless the condition holds. */
export function must(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Broken(problem);
}

/** What is asked of a provider. */
export interface Target {
  readonly socket: string;
  readonly otherSocket: string | undefined;
  readonly valid: PodVolume | undefined;
  readonly cases: ReadonlyMap<CaseName, readonly PodVolume[]>;
  /** Bytes of files by path, of the valid manifest and of the case `binary`. */
  readonly expected: ReadonlyMap<string, Uint8Array>;
  /** A service account that the store refuses what the valid manifest's may read. */
  readonly otherAccount: string | undefined;
  readonly control: Control | undefined;
  /** Longest time in ms that a Mount without a deadline may take. */
  readonly patience: number;
}
