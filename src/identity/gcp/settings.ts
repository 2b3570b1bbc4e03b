/** What the operator says about Google Cloud; every field may be left out. */
export interface GcpSettings {
  /** Namespaces (names or patterns) whose pods may use the daemon's own credentials; nobody if empty. */
  readonly providerCredentials: readonly string[];
  /** Whether `key.json` of a volume's nodePublishSecretRef is used as a credential. */
  readonly nodePublishSecret: boolean;
  /** Identity of the GKE cluster, for what is not to be asked of the metadata server. */
  readonly project: string;
  readonly clusterLocation: string;
  readonly clusterName: string;
  /**
   * Audience of the token exchange for clusters outside GKE: `//iam.googleapis.com/projects/…/providers/…`, or
   * `identitynamespace:POOL:PROVIDER`. Nothing is discovered when it is set.
   */
  readonly workloadIdentityProvider: string;
  /** Path of a credentials file: `external_account` for pods, any supported type for the daemon's own. */
  readonly credentialsFile: string;
  /** Prefix of the user agent. */
  readonly userAgent: string;
  readonly endpoints: GcpEndpoints;
}

/** Base addresses. Empty is Google's own; plain http is taken on loopback only, for metadata also on its own address. */
export interface GcpEndpoints {
  /** Stands for the global host and for the regional ones. */
  readonly secretManager: string;
  readonly parameterManager: string;
  /** The whole URL of the token exchange. */
  readonly tokenExchange: string;
  readonly iamCredentials: string;
  /** The whole URL that service account keys and refresh tokens are exchanged at. */
  readonly oauth: string;
  /** Host, with port where not 80. */
  readonly metadata: string;
  /** What the name of a cluster's identity provider starts with; never asked. */
  readonly workloadIdentity: string;
}

/** What holds when the operator says nothing. */
export const defaultGcpSettings: GcpSettings = {
  providerCredentials: [],
  nodePublishSecret: false,
  project: "",
  clusterLocation: "",
  clusterName: "",
  workloadIdentityProvider: "",
  credentialsFile: "",
  userAgent: "",
  endpoints: {
    secretManager: "",
    parameterManager: "",
    tokenExchange: "",
    iamCredentials: "",
    oauth: "",
    metadata: "",
    workloadIdentity: "",
  },
};
