import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../model/clock.ts";

/** Longest time that a timer of the runtime takes, in milliseconds. */
const longestTimer = 2 ** 31 - 1;

/** The real clock, of which no pause keeps the process from ending. */
export const backgroundClock: Pick<Clock, "monotonic" | "sleep"> = {
  monotonic: () => performance.now(),
  sleep: (milliseconds, signal) => pause(milliseconds, undefined, { signal, ref: false }),
};

/** The real clock and real chance. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const stop = () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const timer = setTimeout(
        () => {
          signal.removeEventListener("abort", stop);
          resolve();
        },
        Math.min(longestTimer, milliseconds),
      );
      signal.addEventListener("abort", stop, { once: true });
    }),
};
