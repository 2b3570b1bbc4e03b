import { constants } from "node:os";

const signals = ["SIGTERM", "SIGINT"] as const;

/** A signal that asks the daemon to stop. */
export type StopSignal = (typeof signals)[number];

/** The part of a process that is needed here. */
export interface SignalSource {
  on(signal: StopSignal, listener: () => void): unknown;
  exit(code: number): void;
}

/** How repeated signals are treated. */
export interface StopSettings {
  /** After this time from the first signal on, in milliseconds, another one ends the process at once. */
  readonly grace: number;
  /** Milliseconds, from any start. */
  now(): number;
  /** A signal after the first, within the grace period. */
  repeated(signal: StopSignal, count: number): void;
}

/**
 * Listens for SIGTERM and SIGINT. A terminal and the programs between it and the daemon deliver one Ctrl-C twice or
 * more, so those after the first are only reported until the grace period is over: an end in between would leave sockets
 * behind that nobody serves. Resolves with the first signal.
 */
export function listenForStop(source: SignalSource, { grace, now, repeated }: StopSettings): Promise<StopSignal> {
  return new Promise((resolve) => {
    let count = 0;
    let start = 0;
    const received = (signal: StopSignal) => {
      count += 1;
      if (count === 1) {
        start = now();
        resolve(signal);
      } else if (now() - start < grace) repeated(signal, count);
      else source.exit(128 + constants.signals[signal]);
    };
    for (const signal of signals) source.on(signal, () => received(signal));
  });
}
