/** What holds an object. */
export type AwsKind = "secretsmanager" | "ssmparameter";

/** The parts of an Amazon Resource Name. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

/** Whether a name claims to be an ARN; the official provider looks at the lower-case letters only. */
export function looksLikeArn(name: string): boolean {
  return name.startsWith("arn:");
}

/** The parts of an ARN; undefined for a text with fewer than six sections. Nothing else is checked. */
export function parseArn(name: string): Arn | undefined {
  const [start, partition, service, region, account, ...resource] = name.split(":");
  if (start !== "arn" || partition === undefined || service === undefined || region === undefined) return undefined;
  if (account === undefined || resource.length === 0) return undefined;
  return { partition, service, region, account, resource: resource.join(":") };
}

/** The kind that an ARN's service belongs to; undefined for a service that holds no objects of ours. */
export function kindOfService(service: string): AwsKind | undefined {
  if (service === "secretsmanager") return "secretsmanager";
  return service === "ssm" || service === "ssmparameter" ? "ssmparameter" : undefined;
}

/** The twelve-digit account of an ARN; undefined where the name is none or has no such account. */
export function accountOf(name: string): string | undefined {
  const account = parseArn(name)?.account ?? "";
  return /^\d{12}$/u.test(account) ? account : undefined;
}

/**
 * Whether a secret's ARN lacks the six characters that AWS adds to it, but ends in what AWS takes for them: a hyphen and
 * six letters or digits. Such a name is never found.
 */
export function hasMistakenSuffix(name: string): boolean {
  const { service, resource } = parseArn(name) ?? { service: "", resource: "" };
  return service === "secretsmanager" && /^secret:.*-[A-Za-z0-9]{6}$/u.test(resource);
}
