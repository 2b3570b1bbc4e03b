import { MountError } from "../model/error.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Clock } from "../model/clock.ts";
import type { Session } from "../model/session.ts";
import type { StoreConnection } from "../model/store.ts";
import { backoff, mostTries } from "./backoff.ts";
import type { CallResult, Endpoint } from "./endpoint.ts";

/** One call to a store, repeated while that can help. */
export interface Call {
  readonly connection: StoreConnection;
  readonly session: Session<unknown>;
  readonly refs: readonly unknown[];
  /** For each ref, when it was asked for, in milliseconds since 1970; undefined before, and while it is to be asked again. */
  readonly asOf: (number | undefined)[];
  readonly repeatable: boolean;
  readonly endpoint: Endpoint;
  /** Whose turn it uses up. */
  readonly owner: string;
  /** Whether to wait for a throttling store as long as time allows: a pod cannot start without it. */
  readonly patient: boolean;
  /** No new try starts after this, in milliseconds since 1970; it may move while waiters join. */
  giveUpAt(): number;
  throttled(): void;
}

/** Longest wait for one try of a repeatable call, in milliseconds; a hung connection then leaves time for another. */
const tryLimit = 20_000;

/** Stops a timer; one for all, as in deadline.ts. */
const finished = new MountError("cancelled", "finished");

/** One outcome for each ref, in order; never rejects but with the signal's reason. */
export async function attempt(call: Call, outside: Clock, signal: AbortSignal): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let pending = call.refs.map((_, index) => index);
  for (let tries = 1; ; tries += 1) {
    const answers = await tryOnce(call, pending, outside, signal);
    pending.forEach((index, at) => {
      outcomes[index] = answers[at] ?? failed(new MountError("internal", "the store left an object unanswered"));
    });
    const again = pending.filter((index) => isTransient(outcomes[index]));
    if (again.length === 0 || !call.repeatable) return outcomes;
    if (tries >= mostTries && !(call.patient && again.every((index) => isThrottled(outcomes[index])))) return outcomes;
    const wait = backoff(tries, longestRetryAfter(outcomes), outside);
    if (call.endpoint.open || outside.now() + wait >= call.giveUpAt()) return outcomes;
    for (const index of again) call.asOf[index] = undefined;
    await outside.sleep(wait, signal);
    pending = again;
  }
}

async function tryOnce(
  call: Call,
  pending: readonly number[],
  outside: Clock,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const everyOne = (error: unknown) => pending.map(() => failed(MountError.from(error)));
  let giveBack: () => void;
  try {
    giveBack = await call.endpoint.turn(call.owner, signal);
  } catch (error) {
    signal.throwIfAborted();
    return everyOne(error);
  }
  let outcomes: readonly Outcome[];
  for (const index of pending) call.asOf[index] = outside.now();
  try {
    const refs = pending.map((index) => call.refs[index]);
    outcomes = await bounded(call, outside, signal, (inner) => call.connection.fetch(refs, call.session, inner));
  } catch (error) {
    signal.throwIfAborted();
    outcomes = everyOne(error);
  } finally {
    giveBack();
  }
  const result = resultOf(outcomes);
  if (result === "throttled") call.throttled();
  call.endpoint.record(result, longestRetryAfter(outcomes));
  return outcomes;
}

/** Ends with the signal, or when the try takes too long, even if the store does not heed its signal. */
async function bounded<T>(
  call: Call,
  outside: Clock,
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
    outside.sleep(tryLimit, timer.signal).then(
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

function failed(error: MountError): Outcome {
  return { kind: "failed", error };
}

function isTransient(outcome: Outcome | undefined): boolean {
  return outcome?.kind === "failed" && outcome.error.transient;
}

function isThrottled(outcome: Outcome | undefined): boolean {
  return outcome?.kind === "failed" && outcome.error.reason === "store_throttled";
}

function longestRetryAfter(outcomes: readonly Outcome[]): number | undefined {
  const given = outcomes.flatMap((outcome) =>
    outcome.kind === "failed" ? (outcome.error.context.retryAfter ?? []) : [],
  );
  return given.length === 0 ? undefined : Math.max(...given);
}

/** One broken engine of a store that is up must not close the store to everybody. */
function hasAnswered(outcome: Outcome): boolean {
  return outcome.kind === "failed" && outcome.error.context.answered === true;
}

/** A store that refuses or knows nothing has answered; one that fails for some refs has failed. */
function resultOf(outcomes: readonly Outcome[]): CallResult {
  const reasons = outcomes.flatMap((outcome) => (outcome.kind === "failed" ? outcome.error.reason : []));
  if (reasons.includes("store_throttled")) return "throttled";
  return outcomes.some((outcome) => isTransient(outcome) && !hasAnswered(outcome)) ? "failed" : "answered";
}
