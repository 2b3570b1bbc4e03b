import type { Clock } from "../model/clock.ts";
import { MountError } from "../model/error.ts";
import type { Outcome } from "../model/outcome.ts";
import {
  ofEntry,
  type FallbackCause,
  type MountPlan,
  type Read,
  type ReadAnswer,
  type RenderContext,
} from "../model/plan.ts";
import type { StoreConnection, StoreKind } from "../model/store.ts";
import type { Deadline } from "../fetch/deadline.ts";
import type { ByteAccount } from "../fetch/bytes.ts";
import type { FetchLayer } from "../fetch/fetch-layer.ts";
import type { Answer, Source } from "../fetch/order.ts";
import type { Admitted } from "./admit.ts";
import { group, type Batch, type Wanted } from "./group.ts";

/** What a read gave, and how it came. */
export interface FetchedRead extends ReadAnswer {
  readonly source: Source;
}

/** What reads are fetched with. */
export interface FetchDeps {
  readonly layer: FetchLayer;
  /** The process's one connection for stores of a kind. */
  readonly connectionOf: (store: StoreKind) => StoreConnection;
  readonly deadline: Deadline;
  readonly outside: Clock;
  readonly context: RenderContext;
  /** What this Mount holds in memory. */
  readonly bytes: ByteAccount;
}

interface Tried extends Wanted {
  readonly source: Source;
  readonly outcome: Outcome;
}

/**
 * Fetches every read of the plan at once. Throws one MountError that names every read that could not be had, first by
 * index, or what was still waited for when the deadline came.
 */
export async function fetchAll(
  plan: MountPlan,
  admitted: Admitted,
  deps: FetchDeps,
): Promise<ReadonlyMap<Read, FetchedRead>> {
  const waiting = new Set<Batch>();
  const first = plan.reads.map((read) => ({ read, candidate: read.candidates[0] }));
  await reserve(first, admitted, deps);
  const tried = await fetchCandidates(first, admitted, plan, deps, waiting).catch((error: unknown) => {
    throw unanswered(MountError.from(error), waiting);
  });
  const byRead = new Map(tried.map((one) => [one.read, one]));
  const inOrder = plan.reads.flatMap((read) => byRead.get(read) ?? []);
  const [problem, ...rest] = inOrder.flatMap((one) => problemOf(one) ?? []);
  if (problem !== undefined) throw MountError.all([problem, ...rest]);
  return new Map(
    inOrder.flatMap(({ read, candidate, outcome, source }) =>
      outcome.kind === "found" ? [[read, { found: outcome, source, candidate }] as const] : [],
    ),
  );
}

/** Waits for room in memory for what the reads are expected to give, before any of them starts. */
async function reserve(first: readonly Wanted[], admitted: Admitted, deps: FetchDeps): Promise<void> {
  const { layer, bytes, deadline, outside } = deps;
  const orders = group(first, admitted, outside.now()).map(({ session, wanted }) => ({
    session,
    reads: wanted.map(({ read }) => read),
  }));
  await bytes.expect(layer.expectedBytes(orders), deadline.signal).catch((error: unknown) => {
    const problem = MountError.from(error);
    if (problem.reason !== "mount_timeout") throw problem;
    const text = `${problem.message}: other volumes of the node took all memory for contents; raise the memory limit`;
    throw new MountError("mount_timeout", text, { cause: problem });
  });
}

/** Each session's reads as one order; those that lead to their next candidate do so without waiting for other sessions. */
async function fetchCandidates(
  wanted: readonly Wanted[],
  admitted: Admitted,
  plan: MountPlan,
  deps: FetchDeps,
  waiting: Set<Batch>,
): Promise<readonly Tried[]> {
  const { layer, connectionOf, deadline, bytes, outside } = deps;
  const interval = plan.refreshInterval === undefined ? {} : { interval: plan.refreshInterval };
  const volume = volumeName(admitted);
  const perBatch = group(wanted, admitted, outside.now()).map(async (batch) => {
    waiting.add(batch);
    const { session, store } = batch;
    const source = { kind: store.store.kind, description: store.description, connection: connectionOf(store.store) };
    const reads = batch.wanted.map(({ read }) => read);
    const answers = await layer.fetch(
      { source, session, reads, volume, deadline: deadline.at, bytes, ...interval },
      deadline.signal,
    );
    waiting.delete(batch);
    const tried = await Promise.all(
      batch.wanted.flatMap(({ wantedBy }, at) => wantedBy.map((one) => judged(one, answers[at], deps.context))),
    );
    const next = tried.flatMap((one) => nextOf(one) ?? []);
    if (next.length === 0) return tried;
    const again = await fetchCandidates(next, admitted, plan, deps, waiting);
    const replaced = new Set(next.map(({ read }) => read));
    return [...tried.filter(({ read }) => !replaced.has(read)), ...again];
  });
  return (await Promise.all(perBatch)).flat();
}

/** The candidate to try after one that did not give the content, where the manifest says so. */
function nextOf({ read, candidate, outcome }: Tried): Wanted | undefined {
  const next = read.candidates[read.candidates.indexOf(candidate) + 1];
  const cause = causeOf(outcome);
  if (next === undefined || cause === undefined || !next.on.includes(cause)) return undefined;
  return { read, candidate: next };
}

/** What the answer comes to for one of those who want it: an object without what its entry wants of it is missing. */
async function judged(wanted: Wanted, answer: Answer | undefined, context: RenderContext): Promise<Tried> {
  const { source = "fetched", outcome } = answer ?? {};
  if (outcome === undefined) {
    const error = new MountError("internal", "the fetch layer left an object unanswered");
    return { ...wanted, source, outcome: { kind: "failed", error } };
  }
  if (outcome.kind !== "found") return { ...wanted, source, outcome };
  try {
    const problem = await wanted.candidate.lacks(outcome, context);
    return { ...wanted, source, outcome: problem === undefined ? outcome : { kind: "missing", problem } };
  } catch (thrown) {
    context.signal.throwIfAborted();
    return { ...wanted, source, outcome: { kind: "failed", error: MountError.from(thrown) } };
  }
}

function causeOf(outcome: Outcome): FallbackCause | undefined {
  if (outcome.kind === "found") return undefined;
  if (outcome.kind === "missing") return "missing";
  if (outcome.error.transient) return "unavailable";
  return outcome.error.code === 7 || outcome.error.code === 16 ? "denied" : undefined;
}

/** Identifies the volume for as long as the pod lives; empty for callers that are no driver. */
export function volumeName({ volume }: Admitted): string {
  return volume.podUid === "" ? "" : `${volume.podUid} ${volume.targetPath}`;
}

function problemOf({ read, candidate, outcome }: Tried): MountError | undefined {
  if (outcome.kind === "found" || (outcome.kind === "missing" && read.whenMissing === "omit")) return undefined;
  const error = outcome.kind === "missing" ? new MountError("object_not_found", outcome.problem) : outcome.error;
  return ofEntry(error, read, candidate.store);
}

/** Says which stores had not answered when the Mount's time was over. */
function unanswered(error: MountError, waiting: ReadonlySet<Batch>): MountError {
  if (error.reason !== "mount_timeout" || waiting.size === 0) return error;
  const names = [...waiting].map(({ store, wanted }) => {
    const objects = wanted.flatMap(({ wantedBy }) => wantedBy.map(({ read }) => JSON.stringify(read.name)));
    const more = objects.length > 3 ? ` and ${objects.length - 3} more` : "";
    return `store ${store.name} (object ${objects.slice(0, 3).join(", ")}${more})`;
  });
  return new MountError("mount_timeout", `${error.message} from ${names.join("; ")}`, { cause: error });
}
