import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { clientOptions, type AwsNetwork, type ClientUse } from "./sdk.ts";

/** The parts of the SDK's STS client that are used; loaded on first use. */
export interface StsClient {
  assumeRole(input: AssumeRoleInput, signal: AbortSignal): Promise<StsAnswer>;
  assumeRoleWithWebIdentity(input: WebIdentityInput, signal: AbortSignal): Promise<StsAnswer>;
}

export interface WebIdentityInput {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly WebIdentityToken: string;
}

export interface AssumeRoleInput {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly ExternalId?: string;
  readonly Tags?: { readonly Key: string; readonly Value: string }[];
}

/** What STS answered; nothing of it is checked. */
export interface StsAnswer {
  readonly Credentials?:
    | {
        readonly AccessKeyId?: string | undefined;
        readonly SecretAccessKey?: string | undefined;
        readonly SessionToken?: string | undefined;
        readonly Expiration?: Date | undefined;
      }
    | undefined;
}

/** A client for one region and credential. */
export function createStsClient(network: AwsNetwork, use: ClientUse): StsClient {
  const client = new STSClient(clientOptions(network, use));
  return {
    assumeRole: (input, abortSignal) => client.send(new AssumeRoleCommand(copied(input)), { abortSignal }),
    assumeRoleWithWebIdentity: (input, abortSignal) =>
      client.send(new AssumeRoleWithWebIdentityCommand(input), { abortSignal }),
  };
}

function copied({ Tags, ...input }: AssumeRoleInput) {
  return Tags === undefined ? input : { ...input, Tags: [...Tags] };
}
