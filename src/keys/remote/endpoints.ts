import { awsEndpoint } from "../../identity/aws/endpoints.ts";
import { endpointsOf } from "./aws-kms.ts";
import type { AwsRemote, KeySource } from "../../model/key.ts";

const google = { kms: "https://cloudkms.googleapis.com", tokens: "https://sts.googleapis.com" } as const;

/** Addresses of the services that a key source's keys are in, and of those that give its credentials. */
export function keyEndpoints({ remote }: KeySource): readonly string[] {
  switch (remote?.kind) {
    case undefined:
      return [];
    case "vault-transit":
      return [remote.address];
    case "aws-kms":
      return awsEndpoints(remote);
    case "gcp-kms": {
      const tokens = remote.login === undefined ? remote.tokenEndpoint : (remote.tokenEndpoint ?? google.tokens);
      return [remote.endpoint ?? google.kms, ...(tokens === undefined ? [] : [tokens])];
    }
    case "azure-key":
      return [...remote.vaults, remote.authority];
  }
}

/** Public addresses follow from the region of a key; where a pattern leaves it open there is nothing to say. */
function awsEndpoints(remote: AwsRemote): readonly string[] {
  const { arns, roles, login, endpoint, stsEndpoint } = remote;
  const named = arns.flatMap((arn) => {
    const region = arn.split(":")[3] ?? "";
    return /^[a-z0-9-]+$/u.test(region) ? [region] : [];
  });
  const endpoints = endpointsOf(remote);
  const ofService = (service: "kms" | "sts", own: string | undefined) =>
    own === undefined ? [...new Set(named)].map((region) => awsEndpoint(service, region, endpoints)) : [own];
  const asksSts = login !== undefined || roles.length > 0;
  return [...ofService("kms", endpoint), ...(asksSts ? ofService("sts", stsEndpoint) : [])];
}
