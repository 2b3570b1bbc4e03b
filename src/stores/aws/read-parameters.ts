import type { GetParametersResult, Parameter } from "@aws-sdk/client-ssm";
import { AwsFault, awsOutage } from "../../identity/aws/fault.ts";
import { MountError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";
import { looksLikeArn, parseArn } from "./arn.ts";
import { parameterAdvice, parameterLabelAdvice, unfilledName } from "./name-advice.ts";
import type { AwsRef } from "./objects.ts";
import type { Reading } from "./read-secrets.ts";
import type { RegionRead } from "./region-read.ts";
import { commonRefusal, isFatal } from "./refusals.ts";

/** Maximum number of names that one GetParameters takes. */
const batchSize = 10;

/** One parameter as it is asked for. */
interface Wanted {
  readonly ref: AwsRef;
  /** With its selector: `plain:3`. */
  readonly asked: string;
  /** Without selector and leading slash, the same for a name and its ARN. */
  readonly base: string;
}

/** One answer for each ref, in order; all batches at once. */
export async function readParameters(refs: readonly AwsRef[], reading: Reading): Promise<readonly RegionRead[]> {
  const wanted = refs.map(wantedOf);
  const answers = new Map<Wanted, RegionRead>();
  await Promise.all(
    batchesOf(wanted).map(async (batch) => {
      for (const [one, read] of await readBatch(batch, reading)) answers.set(one, read);
    }),
  );
  return wanted.map(
    (one) =>
      answers.get(one) ?? {
        kind: "failed",
        error: new MountError("store_protocol", `Parameter Store did not answer for ${one.asked}`),
        settled: false,
      },
  );
}

function wantedOf(ref: AwsRef): Wanted {
  const selector = ref.version === "" ? ref.label : ref.version;
  const asked = selector === "" ? ref.name : `${ref.name}:${selector}`;
  const name = looksLikeArn(ref.name) ? (parseArn(ref.name)?.resource ?? "").replace(/^parameter/u, "") : ref.name;
  return { ref, asked, base: (name.split(":")[0] ?? "").replace(/^\//u, "") };
}

/** Batches in which no parameter occurs twice: its answers could not be told apart. */
function batchesOf(wanted: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const batches: Wanted[][] = [];
  for (const one of wanted) {
    const fits = (batch: readonly Wanted[]) => batch.length < batchSize && batch.every(({ base }) => base !== one.base);
    const batch = batches.find(fits);
    if (batch === undefined) batches.push([one]);
    else batch.push(one);
  }
  return batches;
}

type Answers = ReadonlyMap<Wanted, RegionRead>;

/** A refusal of the whole batch is put down to the parameter it is about; the others are asked for again. */
async function readBatch(batch: readonly Wanted[], reading: Reading): Promise<Answers> {
  if (batch.length === 0) return new Map();
  try {
    const answer = await reading.calls.parameters((client) => client.get(batch.map(({ asked }) => asked)));
    return new Map(batch.map((one) => [one, readIn(answer, one, reading.calls.region)] as const));
  } catch (thrown) {
    if (!(thrown instanceof AwsFault) || awsOutage(thrown.refusal, thrown.host) !== undefined) {
      const error = thrown instanceof AwsFault ? awsOutage(thrown.refusal, thrown.host) : MountError.from(thrown);
      return allFailed(batch, error ?? MountError.from(thrown), false);
    }
    return afterRefusal(batch, thrown, reading);
  }
}

async function afterRefusal(batch: readonly Wanted[], fault: AwsFault, reading: Reading): Promise<Answers> {
  const { refusal } = fault;
  const isDenied = refusal.code.startsWith("AccessDenied");
  const blamed = batch.filter((one) => (isDenied ? isNamed(one, refusal.words) : slipOf(one) !== undefined));
  const innocent = batch.filter((one) => !blamed.includes(one));
  if (batch.length > 1 && blamed.length > 0) {
    return merged([refuse(blamed, fault, reading), await readBatch(innocent, reading)]);
  }
  // Nobody is named: each alone tells. A denial that names nobody is everybody's.
  if (batch.length > 1 && refusal.code.startsWith("Validation")) {
    return merged(await Promise.all(batch.map((one) => readBatch([one], reading))));
  }
  return refuse(batch, fault, reading);
}

function isNamed({ base }: Wanted, words: string): boolean {
  const resource = /on resource: \S*:parameter\/?(\S+)/u.exec(words)?.[1];
  return resource !== undefined && resource === base;
}

function refuse(batch: readonly Wanted[], { refusal }: AwsFault, { calls, now }: Reading): Answers {
  const asking = { region: calls.region, who: calls.who(), now: now() };
  const settled = isFatal(refusal);
  const reads = batch.map((one): readonly [Wanted, RegionRead] => {
    const slip = slipOf(one);
    if (/^Validation|^InvalidParameter/u.test(refusal.code)) {
      const why = slip === undefined ? "check the name" : `${slip.problem}; ${slip.fix}`;
      const text = `Parameter Store does not take ${one.asked} (${refusal.code}): ${why}`;
      return [one, { kind: "failed", error: new MountError("parameter_invalid", text), settled }];
    }
    if (refusal.code === "InvalidKeyId") {
      const text = `${one.asked} cannot be decrypted (InvalidKeyId); check its KMS key`;
      return [one, { kind: "failed", error: new MountError("object_unusable", text), settled }];
    }
    const wanted = { name: one.asked, action: "ssm:GetParameters" };
    return [one, { kind: "failed", error: commonRefusal(refusal, wanted, asking), settled }];
  });
  if (refusal.code.startsWith("AccessDenied")) calls.doubt();
  return new Map(reads);
}

/** What is plainly wrong with a name or label, where anything is. */
function slipOf({ ref: { name, label } }: Wanted) {
  return parameterAdvice(name) ?? parameterLabelAdvice(label) ?? unfilledName("ssmparameter", name);
}

function readIn(answer: GetParametersResult, one: Wanted, region: string): RegionRead {
  const { Parameters = [], InvalidParameters = [] } = answer;
  if (InvalidParameters.includes(one.asked)) {
    const slip = slipOf(one);
    const why = slip === undefined ? "check the name, version and label" : `${slip.problem}; ${slip.fix}`;
    const problem = `400: ${region}: invalid parameters: ${one.asked}: Parameter Store has no such parameter; ${why}`;
    return { kind: "missing", problem, settled: true };
  }
  const found = Parameters.find((parameter) => isOf(parameter, one));
  if (found?.Value === undefined || found.Version === undefined) {
    const error = new MountError("store_protocol", `Parameter Store did not answer for ${one.asked}`);
    return { kind: "failed", error, settled: false };
  }
  return { kind: "found", value: Secret.fromText(found.Value), version: String(found.Version) };
}

/** A parameter that another account shares is answered by its ARN. */
function isOf({ Name = "", ARN = "" }: Parameter, { ref, base }: Wanted): boolean {
  return Name.replace(/^\//u, "") === base || (looksLikeArn(ref.name) && ref.name.startsWith(ARN) && ARN !== "");
}

function allFailed(batch: readonly Wanted[], error: MountError, settled: boolean): Answers {
  return new Map(batch.map((one) => [one, { kind: "failed", error, settled }] as const));
}

function merged(parts: readonly Answers[]): Answers {
  return new Map(parts.flatMap((part) => [...part]));
}
