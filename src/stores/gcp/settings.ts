import { defaultGcpSettings, type GcpSettings } from "../../identity/gcp/settings.ts";

/** Go's `strconv.ParseBool`, as far as it says true. */
const yes: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);

/**
 * The daemon's settings by the names of their flags, over the variables that the official provider reads. Both readers
 * give the empty text for what is not set.
 */
export function gcpSettings(
  flag: (name: string) => string,
  env: Readonly<Record<string, string | undefined>>,
): GcpSettings {
  const read = (name: string, variable: string) => {
    const value = flag(name);
    return value === "" ? (env[variable] ?? "") : value;
  };
  const endpoint = (name: string, variable: string) => read(name, variable).replace(/\/+$/u, "");
  return {
    ...defaultGcpSettings,
    providerCredentials: flag("gcp-provider-credentials")
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
    nodePublishSecret: yes.has(read("gcp-node-publish-secret", "ALLOW_NODE_PUBLISH_SECRET")),
    project: read("gcp-project", "PROJECT"),
    clusterLocation: read("gcp-cluster-location", "CLUSTER_LOCATION"),
    clusterName: read("gcp-cluster-name", "CLUSTER_NAME"),
    workloadIdentityProvider: flag("gcp-workload-identity-provider"),
    credentialsFile: read("gcp-credentials-file", "GOOGLE_APPLICATION_CREDENTIALS"),
    userAgent: env["USER_AGENT"] ?? "",
    endpoints: {
      secretManager: endpoint("gcp-secret-manager-endpoint", ""),
      parameterManager: endpoint("gcp-parameter-manager-endpoint", ""),
      tokenExchange: endpoint("gcp-token-endpoint", "GAIA_TOKEN_EXCHANGE_ENDPOINT"),
      iamCredentials: endpoint("gcp-iam-credentials-endpoint", ""),
      oauth: "",
      metadata: read("gcp-metadata-host", "GCE_METADATA_HOST"),
      workloadIdentity: endpoint("", "GKE_WORKLOAD_IDENTITY_ENDPOINT"),
    },
  };
}
