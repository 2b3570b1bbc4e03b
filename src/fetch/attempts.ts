import type { Clock } from "../model/clock.ts";
import { MountError } from "../model/error.ts";
import type { Outcome } from "../model/outcome.ts";
import type { RetryRule } from "../model/store.ts";
import { backoff } from "./backoff.ts";
import type { ReadBytes } from "./bytes.ts";
import { heldBy } from "./cache.ts";
import type { Caller, Endpoints, Turn } from "./endpoints.ts";

/** One call to a store, repeated while that can help. */
export interface Call {
  readonly caller: Caller;
  /** Asks for what is at these positions; one outcome for each, in order. */
  readonly ask: (positions: readonly number[], signal: AbortSignal) => Promise<readonly Outcome[]>;
  /** For each position, when it was asked for, by the monotonic clock; undefined before, and while it is to be asked again. */
  readonly asOf: (number | undefined)[];
  readonly repeatable: boolean;
  readonly retries: RetryRule;
  /** Whether to wait for a throttling store as long as time allows: a pod cannot start without it. */
  readonly patient: boolean;
  readonly bytes: ReadBytes;
  /** No new try starts after this moment of the monotonic clock; it may move while waiters join. */
  giveUpAt(): number;
  onThrottled(): void;
}

/** Longest wait for one try of a repeatable call, in ms; a hung connection then leaves time for another. */
const tryLimit = 20_000;

/** While a try waits for room in memory, its limit is looked at again after this many ms. */
const roomPause = 1000;

/** Stops a timer; one for all, as in deadline.ts. */
const finished = new MountError("cancelled", "finished");

/** One outcome for each position, in order; never rejects but with the signal's reason. */
export async function attempt(
  call: Call,
  endpoints: Endpoints,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let pending: readonly number[] = call.asOf.map((_, index) => index);
  for (let tries = 1; ; tries += 1) {
    const answers = await tryOnce(call, pending, heldBefore(outcomes, pending), { endpoints, clock }, signal);
    pending.forEach((index, at) => {
      outcomes[index] = answers[at] ?? failed(new MountError("internal", "the store left an object unanswered"));
    });
    const again = pending.filter((index) => isTransient(outcomes[index]));
    if (again.length === 0 || !(call.repeatable || again.every((index) => isUntouched(outcomes[index]))))
      return outcomes;
    if (tries >= call.retries.tries && !(call.patient && again.every((index) => isThrottled(outcomes[index]))))
      return outcomes;
    const wait = backoff(
      tries,
      call.retries,
      endpoints.retryAfter(again.flatMap((index) => outcomes[index] ?? [])),
      clock,
    );
    if (endpoints.isOpenFor(call.caller) || clock.monotonic() + wait >= call.giveUpAt()) return outcomes;
    for (const index of again) call.asOf[index] = undefined;
    await clock.sleep(wait, signal);
    pending = again;
  }
}

/** What earlier tries found and is held, in bytes. */
function heldBefore(outcomes: readonly Outcome[], pending: readonly number[]): number {
  return heldByAll(outcomes.filter((_, index) => !pending.includes(index)));
}

function heldByAll(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((sum, outcome) => sum + (outcome.kind === "found" ? heldBy(outcome) : 0), 0);
}

async function tryOnce(
  call: Call,
  pending: readonly number[],
  before: number,
  { endpoints, clock }: { readonly endpoints: Endpoints; readonly clock: Clock },
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const everyOne = (error: unknown) => pending.map(() => failed(MountError.from(error)));
  let turn: Turn;
  try {
    turn = await endpoints.acquire(call.caller, signal);
  } catch (error) {
    signal.throwIfAborted();
    return everyOne(error);
  }
  let outcomes: readonly Outcome[] = [];
  for (const index of pending) call.asOf[index] = clock.monotonic();
  try {
    outcomes = await bounded(call, clock, signal, (inner) => call.ask(pending, inner));
    // With the place still taken: no more comes in while there is no room for what is here.
    await call.bytes.settle(before + heldByAll(outcomes), signal);
  } catch (error) {
    signal.throwIfAborted();
    outcomes = everyOne(error);
  } finally {
    turn.end(outcomes);
  }
  if (outcomes.some(isThrottled)) call.onThrottled();
  return outcomes;
}

/** Ends with the signal, or when the try takes too long, even if the store does not heed its signal. */
async function bounded<T>(
  call: Call,
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const timer = new AbortController();
  const ended = new Promise<never>((_, reject) => {
    const stop = (reason: Error) => {
      inner.abort(reason);
      reject(reason);
    };
    if (signal.aborted) stop(signal.reason as Error);
    signal.addEventListener("abort", () => stop(signal.reason as Error), { once: true, signal: timer.signal });
    if (!call.repeatable) return;
    tooLong(call.bytes, clock, timer.signal).then(
      () => stop(new MountError("store_unavailable", `no answer within ${tryLimit / 1000} s`)),
      () => undefined,
    );
  });
  try {
    return await Promise.race([work(inner.signal), ended]);
  } finally {
    timer.abort(finished);
  }
}

/** Resolves when the store has had its time; what the read waits for room in memory is not the store's. */
async function tooLong(bytes: ReadBytes, clock: Clock, signal: AbortSignal): Promise<void> {
  await clock.sleep(tryLimit, signal);
  while (bytes.waits) await clock.sleep(roomPause, signal);
}

function failed(error: MountError): Outcome {
  return { kind: "failed", error };
}

function isTransient(outcome: Outcome | undefined): boolean {
  return outcome?.kind === "failed" && outcome.error.transient;
}

/** Whether the store did nothing of what it was asked, so that also what has an effect may be asked again. */
function isUntouched(outcome: Outcome | undefined): boolean {
  if (outcome?.kind !== "failed") return false;
  const { reason, context } = outcome.error;
  return reason === "store_throttled" || context.untouched === true || context.outage === "unreached";
}

function isThrottled(outcome: Outcome | undefined): boolean {
  return outcome?.kind === "failed" && outcome.error.reason === "store_throttled";
}
