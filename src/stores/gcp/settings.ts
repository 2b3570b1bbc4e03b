import { defaultGcpSettings, type GcpSettings } from "../../identity/gcp/settings.ts";
import { listSetting, setting, variableSetting, type Setting, type SettingValues } from "../../model/setting.ts";
import { booleanRule, namespaceRule, pathRule, patternRule, textRule } from "../../text/rules.ts";
import { urlRule } from "../../text/url-rules.ts";

const server = urlRule({ http: "loopback" });
const header = patternRule(/^[\x20-\x7e]*$/u, "write printable ASCII");

const identity = {
  workloadIdentityProvider: setting(
    {
      flag: "gcp-workload-identity-provider",
      value: "AUDIENCE",
      help: "audience of Google's token exchange for clusters outside GKE (default: on GKE, by the metadata server)",
    },
    patternRule(/^[\x21-\x7e]+$/u, "write //iam.googleapis.com/projects/NUMBER/locations/global/…/providers/NAME"),
    "",
  ),
  providerCredentials: listSetting(
    {
      flag: "gcp-provider-credentials",
      value: "NS[,NS...]",
      help: "namespaces whose pods may use the daemon's own Google credentials (default: none)",
    },
    namespaceRule,
    [],
  ),
  nodePublishSecret: setting(
    {
      flag: "gcp-node-publish-secret",
      value: "BOOLEAN",
      help: "true lets key.json of a volume's nodePublishSecretRef be the Google credential",
      officialEnv: "ALLOW_NODE_PUBLISH_SECRET",
      defaultText: "false",
    },
    booleanRule,
    false,
  ),
  credentialsFile: setting(
    {
      flag: "gcp-credentials-file",
      value: "FILE",
      help: "Google credentials file of the daemon",
      officialEnv: "GOOGLE_APPLICATION_CREDENTIALS",
      secretFile: true,
    },
    pathRule,
    "",
  ),
  userAgent: variableSetting(
    { env: "USER_AGENT", value: "TEXT", help: "what the user agent of calls to Google starts with" },
    header,
    "",
  ),
};

const cluster = {
  project: setting(
    {
      flag: "gcp-project",
      value: "ID",
      help: "project of the GKE cluster, instead of the metadata server's",
      officialEnv: "PROJECT",
    },
    textRule,
    "",
  ),
  clusterLocation: setting(
    {
      flag: "gcp-cluster-location",
      value: "LOCATION",
      help: "location of the GKE cluster, instead of the metadata server's",
      officialEnv: "CLUSTER_LOCATION",
    },
    textRule,
    "",
  ),
  clusterName: setting(
    {
      flag: "gcp-cluster-name",
      value: "NAME",
      help: "name of the GKE cluster, instead of the metadata server's",
      officialEnv: "CLUSTER_NAME",
    },
    textRule,
    "",
  ),
};

const addresses = {
  secretManager: setting(
    {
      flag: "gcp-secret-manager-endpoint",
      value: "URL",
      help: "address of Secret Manager; https, or http on loopback for an emulator",
    },
    server,
    "",
  ),
  parameterManager: setting(
    { flag: "gcp-parameter-manager-endpoint", value: "URL", help: "address of Parameter Manager, likewise" },
    server,
    "",
  ),
  tokenExchange: setting(
    {
      flag: "gcp-token-endpoint",
      value: "URL",
      help: "address of the token exchange (default: https://sts.googleapis.com/v1/token outside GKE)",
      officialEnv: "GAIA_TOKEN_EXCHANGE_ENDPOINT",
    },
    server,
    "",
  ),
  iamCredentials: setting(
    { flag: "gcp-iam-credentials-endpoint", value: "URL", help: "address of the IAM credentials API" },
    server,
    "",
  ),
  metadata: setting(
    {
      flag: "gcp-metadata-host",
      value: "HOST[:PORT]",
      help: "host of the metadata server",
      officialEnv: "GCE_METADATA_HOST",
    },
    patternRule(
      /^(?:\[[0-9a-fA-F:.]+\]|[\w-]+(?:\.[\w-]+)*)(?::\d{1,5})?$/u,
      "write HOST or HOST:PORT, without a scheme, such as 169.254.169.254",
    ),
    "",
  ),
  workloadIdentity: variableSetting(
    {
      env: "GKE_WORKLOAD_IDENTITY_ENDPOINT",
      value: "URL",
      help: "what the name of a GKE cluster's identity provider starts with",
    },
    server,
    "",
  ),
};

/** Every setting of the store and its dialect. */
export const settings: readonly Setting<unknown>[] = [
  ...Object.values(identity),
  ...Object.values(cluster),
  ...Object.values(addresses),
];

/** What those settings say. */
export function gcpSettings(values: SettingValues): GcpSettings {
  return {
    providerCredentials: values.get(identity.providerCredentials),
    nodePublishSecret: values.get(identity.nodePublishSecret),
    project: values.get(cluster.project),
    clusterLocation: values.get(cluster.clusterLocation),
    clusterName: values.get(cluster.clusterName),
    workloadIdentityProvider: values.get(identity.workloadIdentityProvider),
    credentialsFile: values.get(identity.credentialsFile),
    userAgent: values.get(identity.userAgent),
    endpoints: {
      ...defaultGcpSettings.endpoints,
      secretManager: values.get(addresses.secretManager),
      parameterManager: values.get(addresses.parameterManager),
      tokenExchange: values.get(addresses.tokenExchange),
      iamCredentials: values.get(addresses.iamCredentials),
      metadata: values.get(addresses.metadata),
      workloadIdentity: values.get(addresses.workloadIdentity),
    },
  };
}
