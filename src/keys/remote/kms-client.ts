import { DecryptCommand, KMSClient, type DecryptCommandInput, type DecryptCommandOutput } from "@aws-sdk/client-kms";
import { clientOptions, type AwsNetwork, type ClientUse } from "../../identity/aws/sdk.ts";

/** The part of the SDK's client of KMS that is used; loaded on first use. */
export interface KmsClient {
  decrypt(input: DecryptCommandInput): Promise<DecryptCommandOutput>;
}

/** A client for one region and credential, whose calls end when the signal aborts. */
export function createKmsClient(network: AwsNetwork, use: ClientUse, abortSignal: AbortSignal): KmsClient {
  const client = new KMSClient(clientOptions(network, use));
  return { decrypt: (input) => client.send(new DecryptCommand(input), { abortSignal }) };
}
