import {
  BatchGetSecretValueCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
  type BatchGetSecretValueResponse,
  type Filter,
  type GetSecretValueResponse,
  type ListSecretsResponse,
} from "@aws-sdk/client-secrets-manager";
import { clientOptions, type AwsNetwork, type ClientUse } from "../../identity/aws/sdk.ts";

/** The parts of the SDK's client of Secrets Manager that are used; loaded on first use. */
export interface SecretsClient {
  get(input: { SecretId: string; VersionId?: string; VersionStage?: string }): Promise<GetSecretValueResponse>;
  batch(input: { SecretIdList: string[]; NextToken?: string }): Promise<BatchGetSecretValueResponse>;
  list(input: { Filters: Filter[]; NextToken?: string }): Promise<ListSecretsResponse>;
}

/** A client for one region and credential, whose calls end when the signal aborts. */
export function createSecretsClient(network: AwsNetwork, use: ClientUse, abortSignal: AbortSignal): SecretsClient {
  const client = new SecretsManagerClient(clientOptions(network, use));
  return {
    get: (input) => client.send(new GetSecretValueCommand(input), { abortSignal }),
    batch: (input) => client.send(new BatchGetSecretValueCommand(input), { abortSignal }),
    list: (input) => client.send(new ListSecretsCommand({ MaxResults: 100, ...input }), { abortSignal }),
  };
}
