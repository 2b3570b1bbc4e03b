/** Services of AWS that are called. */
export type AwsService = "secretsmanager" | "ssm" | "sts" | "kms";

/** Which addresses are called. */
export interface AwsEndpoints {
  readonly fips: boolean;
  readonly dualStack: boolean;
  /** Address instead of the public one; `{region}` in it is filled in. Empty for the public one. */
  readonly own: Readonly<Record<AwsService, string>>;
}

interface Partition {
  readonly regions: RegExp;
  readonly domain: string;
  /** Serves IPv4 and IPv6. */
  readonly dualStack: string;
  /** Services whose one host has both at the ordinary domain. */
  readonly both: readonly AwsService[];
  /** Services whose ordinary hosts already are FIPS endpoints. */
  readonly alreadyFips: readonly AwsService[];
}

const secrets: readonly AwsService[] = ["secretsmanager"];
const commercial: Partition = {
  regions: /(?:)/u,
  domain: "amazonaws.com",
  dualStack: "api.aws",
  both: secrets,
  alreadyFips: [],
};

/** Source: partitions.json and the endpoint rules of the AWS SDKs; a test compares. Every other region is commercial. */
const partitions: readonly Partition[] = [
  partition(/^cn-/u, "amazonaws.com.cn", "api.amazonwebservices.com.cn", secrets),
  { ...commercial, regions: /^us-gov-/u, alreadyFips: ["sts", "ssm"] },
  partition(/^us-iso-/u, "c2s.ic.gov", "api.aws.ic.gov"),
  partition(/^us-isob-/u, "sc2s.sgov.gov", "api.aws.scloud"),
  partition(/^eu-isoe-/u, "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
  partition(/^us-isof-/u, "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
  partition(/^eusc-/u, "amazonaws.eu", "api.amazonwebservices.eu"),
];

/** Source: AWS's list of FIPS endpoints, STS. Elsewhere its ordinary host is called. */
const fipsSts: ReadonlySet<string> = new Set(["us-east-1", "us-east-2", "us-west-1", "us-west-2"]);

/** The address of a service in a region, without a slash at its end. `region` has been held to what a host may hold. */
export function awsEndpoint(service: AwsService, region: string, { fips, dualStack, own }: AwsEndpoints): string {
  const given = own[service];
  if (given !== "") return given.replaceAll("{region}", region).replace(/\/+$/u, "");
  const found = partitions.find(({ regions }) => regions.test(region)) ?? commercial;
  const dual = dualStack && !found.both.includes(service);
  const isFips = fips && (dual || !found.alreadyFips.includes(service)) && (service !== "sts" || fipsSts.has(region));
  return `https://${service}${isFips ? "-fips" : ""}.${region}.${dual ? found.dualStack : found.domain}`;
}

function partition(regions: RegExp, domain: string, dualStack: string, both: readonly AwsService[] = []): Partition {
  return { regions, domain, dualStack, both, alreadyFips: [] };
}

/** `aws`, `aws-cn`, …: the partition of a region, as its ARNs say it. */
export function partitionName(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  const iso = /^(?:us|eu)-(iso[bef]?)-/u.exec(region)?.[1];
  if (iso !== undefined) return iso === "iso" ? "aws-iso" : `aws-iso-${iso.slice(3)}`;
  return region.startsWith("eusc-") ? "aws-eusc" : "aws";
}
