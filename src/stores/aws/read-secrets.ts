import type { BatchGetSecretValueResponse, GetSecretValueResponse } from "@aws-sdk/client-secrets-manager";
import { AwsFault, awsOutage, type AwsRefusal } from "../../identity/aws/fault.ts";
import { limitedAll } from "../../http/limited-all.ts";
import { MountError } from "../../model/error.ts";
import type { Found } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import type { BatchMemory } from "./batch-memory.ts";
import { looksLikeArn } from "./arn.ts";
import type { AwsRef } from "./objects.ts";
import type { RegionCalls } from "./region-calls.ts";
import type { RegionRead } from "./region-read.ts";
import { secretRefusal, type Asking } from "./refusals.ts";

/** Maximum number of secrets that one BatchGetSecretValue takes. */
const batchSize = 20;

/** Maximum number of calls that one read of a session has under way at once in a region. */
const maxCalls = 40;

/** Maximum number of pages of one batch; the service ends a page early where the values are large. */
const maxPages = 20;

/** Codes by which a service says that it does not know the call, or that the role may not use it. */
const noBatch = /^(?:AccessDenied|NotAuthorized|UnknownOperation|InvalidAction|NotImplemented)/u;

/** What reads of one region are made with. */
export interface Reading {
  readonly calls: RegionCalls;
  readonly batches: BatchMemory;
  /** Milliseconds since 1970. */
  now(): number;
}

/** One answer for each ref, in order: secrets in batches where the role may, all at once otherwise. */
export async function readSecrets(refs: readonly AwsRef[], reading: Reading): Promise<readonly RegionRead[]> {
  const current = refs.filter(({ version, label }) => version === "" && (label === "" || label === "AWSCURRENT"));
  const batched = current.length < 2 ? new Map<AwsRef, RegionRead>() : await readBatched(current, reading);
  return limitedAll(refs, maxCalls, async (ref) => batched.get(ref) ?? readOne(ref, reading));
}

async function readOne(ref: AwsRef, reading: Reading): Promise<RegionRead> {
  const { name, version, label } = ref;
  const which = {
    ...(version === "" ? {} : { VersionId: version }),
    ...(label === "" ? {} : { VersionStage: label }),
  };
  try {
    return foundOf(await reading.calls.secrets((client) => client.get({ SecretId: name, ...which })), name);
  } catch (thrown) {
    return failureOf(thrown, ref, reading);
  }
}

/** Those of the refs that a batch answered; the others are to be read one by one. */
async function readBatched(
  refs: readonly AwsRef[],
  { calls, batches, now }: Reading,
): Promise<ReadonlyMap<AwsRef, RegionRead>> {
  const principal = await calls.principal();
  const probe = batches.begin(principal, calls.region);
  if (probe === undefined) return new Map();
  const answers = new Map<AwsRef, RegionRead>();
  try {
    const groups = Array.from({ length: Math.ceil(refs.length / batchSize) }, (_, at) =>
      refs.slice(at * batchSize, (at + 1) * batchSize),
    );
    const [first = [], ...others] = groups;
    // The first batch tells whether the role may; each refusal would show in the customer's audit trail.
    const known = probe.isFirst ? await readGroup(first, { calls, now }) : undefined;
    const rest = await Promise.all(
      (known === undefined ? groups : others).map((group) => readGroup(group, { calls, now })),
    );
    for (const group of [...(known === undefined ? [] : [known]), ...rest]) {
      for (const [ref, read] of group) answers.set(ref, read);
    }
    probe.end("allowed");
  } catch (thrown) {
    probe.end(thrown instanceof AwsFault && noBatch.test(thrown.refusal.code) ? "refused" : "unknown");
    // Whatever a batch failed of, single calls say it of the secret that it is about.
    if (!(thrown instanceof AwsFault) || awsOutage(thrown.refusal, thrown.host) !== undefined) throw thrown;
  }
  return answers;
}

async function readGroup(
  refs: readonly AwsRef[],
  { calls, now }: Pick<Reading, "calls" | "now">,
): Promise<ReadonlyMap<AwsRef, RegionRead>> {
  const pages: BatchGetSecretValueResponse[] = [];
  const SecretIdList = [...new Set(refs.map(({ name }) => name))];
  for (let page: BatchGetSecretValueResponse | undefined; pages.length < maxPages; pages.push(page)) {
    const { NextToken } = pages.at(-1) ?? {};
    if (pages.length > 0 && NextToken === undefined) break;
    const more = NextToken === undefined ? {} : { NextToken };
    page = await calls.secrets((client) => client.batch({ SecretIdList, ...more }));
  }
  const asking = askingOf(calls, now());
  return new Map(
    refs.flatMap((ref): readonly (readonly [AwsRef, RegionRead])[] => {
      const read = answerIn(pages, ref, asking);
      return read === undefined ? [] : [[ref, read]];
    }),
  );
}

function answerIn(pages: readonly BatchGetSecretValueResponse[], ref: AwsRef, asking: Asking): RegionRead | undefined {
  const { name } = ref;
  const value = pages.flatMap(({ SecretValues = [] }) => SecretValues).find((one) => isOf(one, name));
  if (value !== undefined) return foundOf(value, name);
  const error = pages.flatMap(({ Errors = [] }) => Errors).find(({ SecretId }) => SecretId === name);
  if (error === undefined) return undefined;
  const { ErrorCode: code = "", Message: words = "" } = error;
  const refusal: AwsRefusal = { status: 400, code, words, retryAfter: undefined, date: undefined };
  return refusedOf(refusal, "Secrets Manager", ref, asking);
}

/** Whether a value is that of a name, an ARN, or an ARN without its last six characters. */
function isOf(value: { readonly Name?: string | undefined; readonly ARN?: string | undefined }, name: string): boolean {
  const { Name, ARN = "" } = value;
  if (!looksLikeArn(name)) return Name === name;
  return ARN === name || (ARN.startsWith(`${name}-`) && ARN.length === name.length + 7);
}

/** The text as it is, else the bytes; neither is an empty value. */
function foundOf(
  answer: Pick<GetSecretValueResponse, "SecretString" | "SecretBinary" | "VersionId">,
  name: string,
): Found | RegionRead {
  const { SecretString, SecretBinary, VersionId } = answer;
  if (VersionId === undefined || VersionId === "") {
    const error = new MountError("store_protocol", `Secrets Manager answered for ${name} without a version`);
    return { kind: "failed", error, settled: false };
  }
  const value =
    SecretString === undefined ? new Secret(SecretBinary ?? new Uint8Array()) : Secret.fromText(SecretString);
  return { kind: "found", value, version: VersionId };
}

function failureOf(thrown: unknown, ref: AwsRef, { calls, now }: Reading): RegionRead {
  if (!(thrown instanceof AwsFault)) return { kind: "failed", error: MountError.from(thrown), settled: false };
  const read = refusedOf(thrown.refusal, thrown.host, ref, askingOf(calls, now()));
  if (read.kind === "failed" && read.error.reason === "access_denied") calls.doubt();
  return read;
}

function refusedOf(refusal: AwsRefusal, host: string, ref: AwsRef, asking: Asking): RegionRead {
  const outage = awsOutage(refusal, host);
  if (outage !== undefined) return { kind: "failed", error: outage, settled: false };
  return secretRefusal(refusal, ref, asking);
}

function askingOf(calls: RegionCalls, now: number): Asking {
  return { region: calls.region, who: calls.who(), now };
}
