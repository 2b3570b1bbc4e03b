import type { AwsRefusal } from "../../identity/aws/fault.ts";
import { isStale, skewOf } from "../../identity/aws/fault.ts";
import { MountError } from "../../model/error.ts";
import { accountOf, hasMistakenSuffix } from "./arn.ts";
import { unfilledName, versionAdvice } from "./name-advice.ts";
import type { AwsRef } from "./objects.ts";
import type { RegionRead } from "./region-read.ts";

/** Where, and as whom, an object was asked for. */
export interface Asking {
  readonly region: string;
  /** `role shop-web`, … */
  readonly who: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Codes after which the official provider does not ask the failover region (spec of GetSecretValue's errors). */
const fatal: ReadonlySet<string> = new Set([
  "ResourceNotFoundException",
  "InvalidParameterException",
  "InvalidRequestException",
  "DecryptionFailure",
  "InvalidKeyId",
]);

/** Whether an answer settles the matter, so that the failover region is not asked. */
export function isFatal({ code }: AwsRefusal): boolean {
  return fatal.has(code);
}

/** What Secrets Manager's refusal of one secret means. */
export function secretRefusal(refusal: AwsRefusal, ref: AwsRef, asking: Asking): RegionRead {
  const { code, words } = refusal;
  const settled = isFatal(refusal);
  const fail = (error: MountError): RegionRead => ({ kind: "failed", error, settled });
  const { name } = ref;
  switch (code) {
    case "ResourceNotFoundException":
      return { kind: "missing", problem: absentSecret(ref, words, asking), settled };
    case "InvalidRequestException":
      return fail(new MountError("object_unusable", unreadable(ref, words, code)));
    case "DecryptionFailure":
      return fail(
        new MountError("object_unusable", `${name} cannot be decrypted (${code}); check that its KMS key is enabled`),
      );
    case "ValidationException":
    case "InvalidParameterException": {
      const advice = unfilledName("secretsmanager", name) ?? versionAdvice(ref.version);
      const text = advice === undefined ? "check the name, objectVersion and objectVersionLabel" : adviceText(advice);
      return fail(new MountError("parameter_invalid", `Secrets Manager does not take ${name} (${code}): ${text}`));
    }
    default:
      return fail(commonRefusal(refusal, { name, action: "secretsmanager:GetSecretValue" }, asking));
  }
}

function adviceText({ problem, fix }: { readonly problem: string; readonly fix: string }): string {
  return `${problem}; ${fix}`;
}

function absentSecret(ref: AwsRef, words: string, { region }: Asking): string {
  const { name, version, label } = ref;
  const advice = versionAdvice(version);
  if (advice !== undefined) return `Secrets Manager has no such version of ${name} in ${region}: ${adviceText(advice)}`;
  if (words.includes("secret value")) {
    if (version !== "" || (label !== "" && label !== "AWSCURRENT")) {
      const which = [version, label].filter((part) => part !== "").map((part) => JSON.stringify(part));
      return `${name} has no version ${which.join(" with label ")} in ${region} (ResourceNotFoundException)`;
    }
    return `${name} exists in ${region} but has no value yet (no version is AWSCURRENT): put one`;
  }
  const suffix = hasMistakenSuffix(name)
    ? `; AWS takes ${name.slice(-7)} for the suffix that it adds to ARNs: write the complete ARN or the plain name`
    : "; check objectName and the region";
  return `Secrets Manager has no secret ${name} in ${region} (ResourceNotFoundException)${suffix}`;
}

function unreadable({ name }: AwsRef, words: string, code: string): string {
  if (/(?:marked|scheduled) for deletion|marked deleted|was deleted/u.test(words)) {
    return `${name} is scheduled for deletion (${code}); restore it (aws secretsmanager restore-secret), or remove the object`;
  }
  return `${name} cannot be read as it is (${code}); objectVersion and objectVersionLabel must name one version`;
}

/** What was asked for. */
interface Wanted {
  readonly name: string;
  readonly action: string;
}

/** What a refusal means that both services have: permission, keys, credentials, clocks. */
export function commonRefusal(refusal: AwsRefusal, wanted: Wanted, asking: Asking): MountError {
  const { code, status, words } = refusal;
  const ahead = skewOf(refusal, asking.now) ?? (code === "RequestTimeTooSkewed" ? 0 : undefined);
  if (ahead !== undefined) {
    const minutes = ahead === 0 ? "" : ` by ${Math.round(Math.abs(ahead) / 60_000)} minutes`;
    return new MountError(
      "identity_rejected",
      `the node's clock differs from AWS's${minutes} (${code}); set it by NTP`,
    );
  }
  if (isStale(refusal)) {
    const text = `AWS does not take the credentials of ${asking.who} in ${asking.region} (${code}); a new login did not help`;
    return new MountError("identity_rejected", text);
  }
  if (/^AccessDenied|^NotAuthorized/u.test(code) || status === 403) {
    return new MountError("access_denied", denied(words, wanted, asking));
  }
  if (/^KMS|KeyUnavailable|DisabledException/u.test(code)) {
    const text = `the KMS key of ${wanted.name} cannot be used (${code}); check that it is enabled`;
    return new MountError("object_unusable", text);
  }
  const said = code === "" ? `status ${status}` : code;
  return new MountError(
    "store_protocol",
    `AWS refused ${wanted.action} on ${wanted.name} in ${asking.region}: ${said}`,
  );
}

function denied(words: string, { name, action }: Wanted, { region, who }: Asking): string {
  const role = /:assumed-role\/([\w+=,.@-]{1,128})\//u.exec(words)?.[1];
  const subject = role === undefined ? who : `role ${role}`;
  if (/KMS|kms:/u.test(words)) {
    return (
      `${subject} may read ${name} but not use its KMS key in ${region}: grant kms:Decrypt on that key (for another ` +
      "account or region also in the key's policy)"
    );
  }
  const resource = /on resource: (\S{1,512})/u.exec(words)?.[1] ?? "";
  const account = accountOf(resource) ?? accountOf(name);
  if (words.includes("no resource-based policy allows")) {
    const owner = account === undefined ? "another account" : `account ${account}`;
    return (
      `${name} belongs to ${owner}, and its resource policy does not let ${subject} call ${action} in ${region}; both ` +
      "policies are needed (and its KMS key must be a customer key that allows the role)"
    );
  }
  const deny = /with an explicit deny in an? ([a-z -]{1,60})/u.exec(words)?.[1];
  if (deny !== undefined)
    return `${subject} is denied ${action} on ${name} in ${region} by an explicit deny in ${deny}`;
  const object = /:parameter(\/\S{1,400})$/u.exec(resource)?.[1] ?? name;
  const slip = action === "ssm:GetParameters" ? " (with an s: ssm:GetParameter alone is not enough)" : "";
  return `${subject} may not ${action}${slip} on ${object} in ${region}; add it to the role's policy (docs/stores/aws.md)`;
}
