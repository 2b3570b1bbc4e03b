import type { Clock } from "../../model/clock.ts";
import { claimSocket, type ClaimedSocket, type SocketSettings } from "./socket.ts";

/** A socket to keep, and who hears when it is lost. */
export interface HoldSettings extends SocketSettings {
  readonly outside: Clock;
  /** The file is gone or somebody else's; called once for each loss. */
  lost(path: string): void;
  /** It cannot be claimed again for this reason; called once for each reason in a row. */
  contested(path: string, problem: string): void;
  /** It is ours again. */
  regained(path: string): void;
}

/** How often a socket's file is looked at, in milliseconds: a lost one is back within a second. */
const lookEvery = 500;

/**
 * Claims a socket and keeps it until it is released: where the file disappears, by somebody's mistake or a remounted
 * folder, it is claimed again, since the driver's calls would wait for it until their deadline. One that another
 * process serves is left to it, and looked at again. Throws StartError when the first claim fails.
 */
export async function holdSocket(settings: HoldSettings): Promise<ClaimedSocket> {
  const keeper = new SocketKeeper(settings, await claimSocket(settings));
  return {
    path: keeper.path,
    held: () => keeper.held(),
    release: () => keeper.release(),
  };
}

class SocketKeeper {
  readonly path: string;
  readonly #settings: HoldSettings;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  #claimed: ClaimedSocket;

  constructor(settings: HoldSettings, claimed: ClaimedSocket) {
    this.path = claimed.path;
    this.#settings = settings;
    this.#claimed = claimed;
    this.#watching = this.#watch();
  }

  held(): Promise<boolean> {
    return this.#claimed.held();
  }

  async release(): Promise<void> {
    this.#stop.abort();
    // A claim under way ends first, so that what it puts there goes as well.
    await this.#watching;
    await this.#claimed.release();
  }

  async #watch(): Promise<void> {
    while (await this.#pause()) {
      if (await this.#claimed.held()) continue;
      this.#settings.lost(this.path);
      await this.#regain();
    }
  }

  async #regain(): Promise<void> {
    // First, as a file that is ours after all would else look like one that another process serves.
    await this.#claimed.release();
    for (let reported = ""; ;) {
      try {
        this.#claimed = await claimSocket(this.#settings);
        this.#settings.regained(this.path);
        return;
      } catch (error) {
        const problem = error instanceof Error ? error.message : "unknown error";
        if (problem !== reported) this.#settings.contested(this.path, problem);
        reported = problem;
      }
      if (!(await this.#pause())) return;
    }
  }

  /** Whether to go on. */
  #pause(): Promise<boolean> {
    return this.#settings.outside.sleep(lookEvery, this.#stop.signal).then(
      () => true,
      () => false,
    );
  }
}
