import type { Clock } from "../../model/clock.ts";
import { SocketTaken } from "../../serve/start-error.ts";

/** How to wait for a socket. */
export interface Patience {
  /** How long, in milliseconds; 0 to fail at once. */
  readonly patience: number;
  readonly outside: Clock;
  /** Resolves when the daemon is to stop. */
  readonly stopped: Promise<unknown>;
  /** Told once, with the reason, when the waiting begins. */
  waiting(problem: string): void;
}

/** How often a taken socket is looked at, in milliseconds: the driver waits at least this long when it changes hands. */
const lookEvery = 50;

/**
 * Opens a socket as soon as no other process serves it. Gives undefined when the daemon was stopped meanwhile. Throws
 * what `open` throws, for a taken socket after the patience has run out.
 */
export async function openWhenFree<T>(open: () => Promise<T>, settings: Patience): Promise<T | undefined> {
  const { outside, patience } = settings;
  const stop = new AbortController();
  void settings.stopped.then(() => stop.abort());
  const end = outside.now() + patience;
  for (let told = false; ; told = true) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof SocketTaken) || outside.now() >= end) throw error;
      if (!told) settings.waiting(error.message);
    }
    const more = await outside.sleep(lookEvery, stop.signal).then(
      () => true,
      () => false,
    );
    if (!more) return undefined;
  }
}
