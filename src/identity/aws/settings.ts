import type { AwsEndpoints } from "./endpoints.ts";

/** What the operator says about AWS. */
export interface AwsSettings {
  /** Region of manifests that name none; empty for the node's. */
  readonly region: string;
  readonly endpoints: AwsEndpoints;
  /** Address of the EKS Pod Identity agent; empty for the two that EKS has. */
  readonly podIdentityAgent: string;
  /** Longest wait for one answer of the agent, in milliseconds. */
  readonly podIdentityTimeout: number;
  /** Names or patterns of the namespaces that may use the daemon's own credentials. */
  readonly nodeCredentials: readonly string[];
  /** Whether several secrets are read by BatchGetSecretValue where the role may. */
  readonly batchSecrets: boolean;
  /** The daemon's own credentials, as AWS hands them to a pod or a machine; empty where there are none of a kind. */
  readonly own: {
    /** File as the AWS CLI writes it, with one profile. */
    readonly credentialsFile: string;
    readonly roleArn: string;
    readonly webIdentityTokenFile: string;
    readonly containerUri: string;
    readonly containerTokenFile: string;
    /** Address of the instance metadata service; empty for EC2's. */
    readonly metadata: string;
  };
}
