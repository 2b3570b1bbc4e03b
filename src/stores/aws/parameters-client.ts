import {
  DescribeParametersCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  SSMClient,
  type DescribeParametersResult,
  type GetParametersByPathResult,
  type GetParametersResult,
  type ParameterStringFilter,
} from "@aws-sdk/client-ssm";
import { clientOptions, type AwsNetwork, type ClientUse } from "../../identity/aws/sdk.ts";

/** The parts of the SDK's client of Parameter Store that are used; loaded on first use. */
export interface ParametersClient {
  get(names: readonly string[]): Promise<GetParametersResult>;
  byPath(input: { Path: string; NextToken?: string }): Promise<GetParametersByPathResult>;
  describe(input: { ParameterFilters: ParameterStringFilter[]; NextToken?: string }): Promise<DescribeParametersResult>;
}

/** A client for one region and credential, whose calls end when the signal aborts. Listings have no values in clear. */
export function createParametersClient(
  network: AwsNetwork,
  use: ClientUse,
  abortSignal: AbortSignal,
): ParametersClient {
  const client = new SSMClient(clientOptions(network, use));
  return {
    get: (names) => client.send(new GetParametersCommand({ Names: [...names], WithDecryption: true }), { abortSignal }),
    byPath: (input) =>
      client.send(new GetParametersByPathCommand({ Recursive: true, WithDecryption: false, ...input }), {
        abortSignal,
      }),
    describe: (input) => client.send(new DescribeParametersCommand({ MaxResults: 50, ...input }), { abortSignal }),
  };
}
