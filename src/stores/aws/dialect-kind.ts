import type { GoEntry } from "../../text/go/entry.ts";
import { kindOfService, looksLikeArn, parseArn, type AwsKind } from "./arn.ts";
import { kindMeant, unfilledName } from "./name-advice.ts";

/** A region that an ARN is held against, and the parameter it comes from. */
export interface RegionInForce {
  readonly region: { readonly name: string; readonly from: string } | undefined;
  readonly which: "region" | "failoverRegion";
}

/** The kind of an object by its name and type, both checked in the order of the official provider. */
export function readKind(
  entry: GoEntry,
  name: string,
  type: string,
  { region, which }: RegionInForce,
): AwsKind | undefined {
  if (name === "") {
    entry.refuse("objectName", "object name must be specified", "write objectName: the name or ARN of the object");
    return undefined;
  }
  const arn = looksLikeArn(name) ? parseArn(name) : undefined;
  if (looksLikeArn(name) && arn === undefined) {
    const fix = "write the whole ARN, as the console shows it, or the plain name with objectType";
    entry.refuse("objectName", `invalid ARN format in object name: ${name}`, fix);
    return undefined;
  }
  if (arn !== undefined && region !== undefined && arn.region !== region.name) {
    const problem = `ARN region must match ${which} ${region.name} (${region.from}): ${name}`;
    entry.refuse("objectName", problem, `set ${which}: ${arn.region}, or name an object of ${region.name}`);
    return undefined;
  }
  const kind = typedKind(entry, name, type, arn?.service);
  const advice = kind === undefined ? undefined : unfilledName(kind, name);
  if (advice !== undefined) entry.refuse("objectName", advice.problem, advice.fix);
  return kind;
}

function typedKind(entry: GoEntry, name: string, type: string, service: string | undefined): AwsKind | undefined {
  if (type === "" && service === undefined) {
    const fix = "write objectType: secretsmanager or ssmparameter, or the full ARN";
    entry.refuse("objectType", `must use objectType when a full ARN is not specified: ${name}`, fix);
    return undefined;
  }
  if (type === "" && service !== undefined) {
    const kind = kindOfService(service);
    if (kind === undefined) {
      const fix = "name an object of secretsmanager or ssm";
      entry.refuse("objectName", `invalid service in ARN: ${service}`, fix);
    }
    return kind;
  }
  if (type !== "secretsmanager" && type !== "ssmparameter") {
    const meant = kindMeant(type);
    const fix = meant === undefined ? "write secretsmanager or ssmparameter" : `did you mean ${meant}?`;
    entry.refuse("objectType", `invalid objectType: ${type}`, fix);
    return undefined;
  }
  // The official provider counts a service it does not know as Parameter Store's.
  if (service !== undefined && (kindOfService(service) ?? "ssmparameter") !== type) {
    entry.refuse("objectType", `objectType does not match ARN: ${name}`, "remove objectType: the ARN says it");
    return undefined;
  }
  return type;
}
