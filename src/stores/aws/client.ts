import type { LoginRegions } from "../../identity/aws/aws.ts";
import type { FindRegion } from "../../identity/aws/node-region.ts";
import { MountError } from "../../model/error.ts";
import type { Outcome } from "../../model/outcome.ts";
import type { ListCriteria, Listing } from "../../model/read.ts";
import type { Session } from "../../model/session.ts";
import { looksLikeArn, parseArn } from "./arn.ts";
import type { BatchMemory } from "./batch-memory.ts";
import { cutProblem } from "./cut.ts";
import type { AwsParams } from "./params.ts";
import { listObjects, type ReadOf } from "./list.ts";
import { inFailover, type AwsRef } from "./objects.ts";
import { readParameters } from "./read-parameters.ts";
import { readSecrets } from "./read-secrets.ts";
import { regionCalls, type CallDeps, type RegionCalls } from "./region-calls.ts";
import { outcomeOf, type RegionRead } from "./region-read.ts";

/** What reads are made with. */
export interface ClientDeps extends CallDeps {
  readonly batches: BatchMemory;
  readonly findRegion: FindRegion;
}

/** Longest wait for one answer in milliseconds; with a failover region there is somebody else to ask. */
const limits = { alone: 15_000, withFailover: 5_000 } as const;

/** One outcome for each ref, in order. Rejects with MountError where the store as a whole could not be asked. */
export async function readRefs(
  refs: readonly AwsRef[],
  session: Session<AwsParams>,
  deps: ClientDeps,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  signal.throwIfAborted();
  const regions = await regionsOf(session, deps, signal);
  const callsIn = (region: string, logins: LoginRegions) => {
    const limit = regions.failover === undefined ? limits.alone : limits.withFailover;
    return regionCalls(deps, { login: session.params.login, session, regions: logins, limit }, region, signal);
  };
  const { primary } = regions;
  const first = await readIn(callsIn(primary.name, loginRegions(regions)), refs, primary.from, deps);
  const { failover } = regions;
  if (failover === undefined) return first.map(outcomeOf);
  const again = refs.filter((_, at) => isOpen(first[at]));
  if (again.length === 0) return first.map(outcomeOf);
  const second = await readIn(callsIn(failover, [failover]), again.map(inFailover), "parameter failoverRegion", deps);
  const answers = new Map(again.map((ref, at) => [ref, second[at]]));
  return refs.map((ref, at) => {
    const [own, other] = [first[at] ?? notAnswered, answers.get(ref)];
    return outcomeOf(other === undefined ? own : chosen(own, other, failover));
  });
}

/** How a listing is made. */
export interface ListDeps {
  readonly client: ClientDeps;
  readonly readOf: ReadOf;
}

/** What the primary region has that meets the criteria. Rejects with MountError. */
export async function listRefs(
  criteria: ListCriteria,
  session: Session<AwsParams>,
  { client, readOf }: ListDeps,
  signal: AbortSignal,
): Promise<Listing<AwsRef>> {
  signal.throwIfAborted();
  const { primary } = await regionsOf(session, client, signal);
  const { login } = session.params;
  const caller = { login, session, regions: [primary.name], limit: limits.alone } as const;
  const calls = regionCalls(client, caller, primary.name, signal);
  return listObjects(criteria, calls, readOf, client.network.clock.now());
}

interface Regions {
  readonly primary: { readonly name: string; readonly from: string };
  readonly failover: string | undefined;
}

async function regionsOf({ params, pod }: Session<AwsParams>, deps: ClientDeps, signal: AbortSignal): Promise<Regions> {
  const { region, failoverRegion } = params;
  const primary = region ?? { name: await deps.findRegion(pod, signal), from: "the node's label" };
  if (failoverRegion === primary.name) {
    const text = `failoverRegion ${failoverRegion} is the same as the primary region (${primary.from}); name another region`;
    throw new MountError("parameter_invalid", text);
  }
  return { primary, failover: failoverRegion };
}

/** Where STS of the primary region is down, that of the other gives credentials that both take. */
function loginRegions({ primary, failover }: Regions): LoginRegions {
  return failover === undefined ? [primary.name] : [primary.name, failover];
}

/** Secrets and parameters of one region at once. */
async function readIn(
  calls: RegionCalls,
  refs: readonly AwsRef[],
  from: string,
  { batches, network }: ClientDeps,
): Promise<readonly RegionRead[]> {
  const reading = { calls, batches, now: () => network.clock.now() };
  const own = refs.filter((ref) => strayArn(ref, calls.region) === undefined);
  const [secrets, parameters] = [own.filter(isSecret), own.filter((ref) => !isSecret(ref))];
  const answers = new Map<AwsRef, RegionRead>();
  await Promise.all([
    eachFailing(secrets, () => readSecrets(secrets, reading)).then((reads) => put(answers, secrets, reads)),
    eachFailing(parameters, () => readParameters(parameters, reading)).then((reads) => put(answers, parameters, reads)),
  ]);
  return refs.map((ref) => {
    const stray = strayArn(ref, calls.region);
    const read = answers.get(ref) ?? notAnswered;
    if (stray === undefined) return usable(ref, read);
    const text = `ARN region must match region ${calls.region} (${from}): ${ref.name}; it is of ${stray}`;
    return { kind: "failed", error: new MountError("parameter_invalid", text), settled: true };
  });
}

const notAnswered: RegionRead = {
  kind: "failed",
  error: new MountError("internal", "an object was left unanswered"),
  settled: true,
};

function isSecret({ kind }: AwsRef): boolean {
  return kind === "secretsmanager";
}

/** A failure of the whole, such as a refused login, as that of each. */
async function eachFailing(
  refs: readonly AwsRef[],
  read: () => Promise<readonly RegionRead[]>,
): Promise<readonly RegionRead[]> {
  if (refs.length === 0) return [];
  return read().catch((thrown: unknown) => {
    const error = MountError.from(thrown);
    return refs.map((): RegionRead => ({ kind: "failed", error, settled: false }));
  });
}

function put(answers: Map<AwsRef, RegionRead>, refs: readonly AwsRef[], reads: readonly RegionRead[]): void {
  refs.forEach((ref, at) => answers.set(ref, reads[at] ?? notAnswered));
}

/** The region of an ARN that is not of this one. */
function strayArn({ name }: AwsRef, region: string): string | undefined {
  const arn = looksLikeArn(name) ? parseArn(name) : undefined;
  return arn === undefined || arn.region === region ? undefined : arn.region;
}

/** A value out of which nothing can be cut is no answer where another region may have a better one. */
function usable(ref: AwsRef, read: RegionRead): RegionRead {
  if (read.kind !== "found") return read;
  const error = cutProblem(read.value.reveal(), ref.cuts, ref.name);
  return error === undefined ? read : { kind: "failed", error, settled: false };
}

/** Whether the failover region is to be asked. */
function isOpen(read: RegionRead | undefined): boolean {
  return read !== undefined && read.kind !== "found" && !read.settled;
}

/** The failover region's answer where it has one, else both failures as one. */
function chosen(primary: RegionRead, other: RegionRead, failover: string): RegionRead {
  if (other.kind === "found" || primary.kind === "found") return other.kind === "found" ? other : primary;
  const first = errorOf(primary);
  const second = errorOf(other);
  const text = `${first.message}; and in failover region ${failover}: ${second.message}`;
  const error = new MountError(first.transient ? first.reason : second.transient ? second.reason : first.reason, text, {
    ...second.context,
    ...first.context,
  });
  return { kind: "failed", error, settled: true };
}

function errorOf(read: Exclude<RegionRead, { readonly kind: "found" }>): MountError {
  return read.kind === "missing" ? new MountError("object_not_found", read.problem) : read.error;
}
