import { MountError } from "../model/error.ts";
import type { Clock } from "../model/clock.ts";
import { codeOf, type FinalCode } from "../model/reasons.ts";
import type { MountCall, MountLimits, MountRequest } from "../model/request.ts";
import type { Log } from "../observe/log.ts";
import { encodeResponse } from "./wire.ts";

/** How a Mount leaves the daemon. */
export type Answer =
  | { readonly kind: "answered"; readonly octets: Buffer }
  | { readonly kind: "failed"; readonly code: FinalCode; readonly message: string };

export interface GuardSettings {
  readonly outside: Clock;
  readonly log: Log;
  /** Largest encoded answer that the driver takes, in bytes. */
  readonly mostBytes: number;
}

/**
 * Longest message in bytes. An event shows 1 KiB of it; every byte may become nine in the header that carries it, and
 * clients take at least 64 KiB of headers.
 */
const longestMessage = 4096;

/** Before the caller's deadline, in milliseconds: what a Mount that overslept its own limit still leaves for an answer. */
const lastMoment = 40;

/** How long a Mount that was aborted may take to say so, in milliseconds. */
const patience = 250;

/**
 * The outermost layer of a Mount. Whatever the call does, throw, hang past the caller's deadline or its abort, or give
 * too much, comes out as an answer or as one of the seven final codes: with any other the driver would start the pod with an empty
 * volume. Never rejects.
 */
export async function answerMount(
  mount: MountCall,
  request: MountRequest,
  limits: MountLimits,
  settings: GuardSettings,
): Promise<Answer> {
  const stop = new AbortController();
  try {
    const calls = [mount(request, limits), ignored(limits.signal, settings.outside, stop.signal)];
    if (limits.deadline !== undefined) calls.push(overslept(limits.deadline, settings.outside, stop.signal));
    const octets = encodeResponse(await Promise.race(calls));
    if (octets.length > settings.mostBytes) throw tooLarge(octets.length, settings.mostBytes);
    return { kind: "answered", octets };
  } catch (thrown) {
    if (!(thrown instanceof MountError)) settings.log.trace("unexpected error around a mount", thrown);
    return failed(MountError.from(thrown));
  } finally {
    stop.abort(finished);
  }
}

/** Stops the timers of a Mount; one for all, since making a reason for each costs more than the rest of it. */
const finished = new MountError("cancelled", "finished");

/** Rejects shortly before the deadline; never resolves. */
async function overslept(deadline: number, outside: Clock, signal: AbortSignal): Promise<never> {
  await outside.sleep(Math.max(0, deadline - outside.now() - lastMoment), signal);
  throw new MountError("mount_timeout", "no answer before the caller's deadline");
}

/** Rejects with the signal's reason, a little after it aborted: a Mount that heeds it is sooner. Never resolves. */
async function ignored(signal: AbortSignal, outside: Clock, stop: AbortSignal): Promise<never> {
  if (!signal.aborted) {
    await new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve(), { once: true, signal: stop }),
    );
  }
  await outside.sleep(patience, stop);
  throw signal.reason;
}

function tooLarge(size: number, most: number): MountError {
  return new MountError(
    "response_too_large",
    `the volume is ${size} bytes, the limit is ${most}; mount less, or raise the driver's --max-call-recv-msg-size and ` +
      "Keyferry's --max-response-bytes together",
  );
}

function failed(error: MountError): Answer {
  return { kind: "failed", code: codeOf(error.reason), message: cut(error.text.toWellFormed()) };
}

/** At most so many bytes of UTF-8, ended by `…` where something is missing. */
function cut(text: string): string {
  if (Buffer.byteLength(text) <= longestMessage) return text;
  const room = Buffer.alloc(longestMessage - Buffer.byteLength("…"));
  const { read } = new TextEncoder().encodeInto(text, room);
  return `${text.slice(0, read)}…`;
}
