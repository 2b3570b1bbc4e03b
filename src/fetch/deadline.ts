import { MountError } from "../model/error.ts";
import type { Clock } from "../model/clock.ts";
import type { MountLimits } from "../model/request.ts";

/** A signal that aborts when a Mount must end, and when that is. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** By the monotonic clock, in ms. */
  readonly at: number;
  /** Stops the timer; the signal then stays as it is. */
  end(): void;
}

/** Stops a timer. One for all: a reason of its own for each would cost more than the rest of a Mount's bookkeeping. */
const ended = new MountError("cancelled", "ended");

/** Time kept back of what the caller gives, to build and send an error: a tenth, between these, in milliseconds. */
const margin = { least: 100, most: 2000 };

/**
 * The sooner of our own limit and the caller's deadline less a margin. The signal's reason is a MountError:
 * `mount_timeout`, or `cancelled` when the caller went away.
 */
export function startDeadline(limits: MountLimits, ownLimit: number, clock: Clock): Deadline {
  // The caller's deadline is dated by the wall clock, which is looked at this once.
  const given = limits.deadline === undefined ? Infinity : limits.deadline - clock.now();
  const kept = Math.min(margin.most, Math.max(margin.least, given / 10));
  const span = Math.max(0, Math.min(ownLimit, given - kept));
  const timeout = new AbortController();
  const stop = new AbortController();
  clock.sleep(span, stop.signal).then(
    () => timeout.abort(new MountError("mount_timeout", `no answer within ${(span / 1000).toFixed(1)} s`)),
    () => undefined,
  );
  const cancelled = () => timeout.abort(MountError.from(limits.signal.reason));
  if (limits.signal.aborted) cancelled();
  else limits.signal.addEventListener("abort", cancelled, { once: true });
  return {
    signal: timeout.signal,
    at: clock.monotonic() + span,
    end: () => {
      stop.abort(ended);
      limits.signal.removeEventListener("abort", cancelled);
    },
  };
}
