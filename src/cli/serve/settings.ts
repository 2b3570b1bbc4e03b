import type { Given, Option } from "../command.ts";

/** One setting of the daemon: a flag, an environment variable and a key of the configuration file at once. */
export interface Setting extends Option {
  readonly value: string;
  /** Key in the `--config` file; undefined for what cannot stand there. */
  readonly key?: string;
  /** Whether one text may hold several values with commas between. */
  readonly list?: true;
}

/** Every setting of `keyferry serve`. docs/reference/options.md lists the same; a test compares the two. */
export const serveSettings = [
  {
    flag: "providers-dir",
    key: "providersDir",
    value: "DIR",
    repeatable: true,
    fallback: "/var/run/secrets-store-csi-providers",
    help: "where sockets are created, as DIR/NAME.sock",
  },
  {
    flag: "serve",
    key: "serve",
    value: "NAME[,NAME...]",
    repeatable: true,
    list: true,
    fallback: "keyferry",
    help: "which providers to serve, one socket each",
  },
  { flag: "config", value: "FILE", help: "operator configuration" },
  {
    flag: "health-address",
    key: "healthAddress",
    value: "HOST:PORT",
    fallback: "127.0.0.1:8080",
    help: "address of /healthz, /readyz and /metrics",
  },
  {
    flag: "mount-timeout",
    key: "mountTimeout",
    value: "DURATION",
    fallback: "90s",
    help: "own limit for a Mount; the caller's deadline wins if sooner",
  },
  {
    flag: "max-response-bytes",
    key: "maxResponseBytes",
    value: "N",
    fallback: "4194304",
    help: "the driver's --max-call-recv-msg-size",
  },
  {
    flag: "wait-for-socket",
    key: "waitForSocket",
    value: "DURATION",
    fallback: "0s",
    help: "how long to stand by, ready, while another process serves a socket",
  },
  {
    flag: "kubeconfig",
    key: "kubeconfig",
    value: "FILE",
    help: "access to the Kubernetes API for what needs it; the pod's own service account if left out",
  },
  {
    flag: "node-name",
    key: "nodeName",
    value: "NAME",
    help: "name of the node, which Events about pods carry as their source",
  },
  {
    flag: "hmac-secret-name",
    key: "hmacSecretName",
    value: "NAME",
    fallback: "vault-csi-provider-hmac-key",
    help: "Secret in the daemon's namespace with the key of object versions; made if it is not there",
  },
  {
    flag: "azure-cloud-name",
    key: "azureCloudName",
    value: "NAME",
    help: "cloud of `provider: azure` manifests that name none; AzurePublicCloud if left out",
  },
  {
    flag: "azure-cloud-files",
    key: "azureCloudFiles",
    value: "DIR",
    help: "folder that files of cloudEnvFileName must lie in; none may be named if left out",
  },
  {
    flag: "azure-managed-identity",
    key: "azureManagedIdentity",
    value: "NS[,NS...]",
    help: "namespaces whose pods may use the node's managed identities; nobody if left out",
  },
  {
    flag: "azure-construct-pem-chain",
    key: "azureConstructPemChain",
    value: "BOOLEAN",
    help: "false leaves the certificates of a PFX in its own order",
  },
  {
    flag: "azure-write-cert-and-key-in-separate-files",
    key: "azureWriteCertAndKeyInSeparateFiles",
    value: "BOOLEAN",
    help: "true writes certificates and keys of `provider: azure` also to files of their own",
  },
  {
    flag: "azure-vault-endpoint",
    key: "azureVaultEndpoint",
    value: "URL",
    help: "address of every vault, {vault} being its name; for an emulator",
  },
  {
    flag: "azure-authority-endpoint",
    key: "azureAuthorityEndpoint",
    value: "URL",
    help: "address of every sign-in; for an emulator",
  },
  {
    flag: "azure-metadata-endpoint",
    key: "azureMetadataEndpoint",
    value: "URL",
    help: "address of the instance metadata service",
  },
  {
    flag: "azure-token-proxy-url",
    key: "azureTokenProxyUrl",
    value: "URL",
    help: "address of the token proxy of AKS identity binding; the cluster's API server if left out",
  },
  {
    flag: "azure-token-proxy-server-name",
    key: "azureTokenProxyServerName",
    value: "NAME",
    help: "server name of that proxy; found by the API server's certificate if left out",
  },
  {
    flag: "azure-token-proxy-ca-file",
    key: "azureTokenProxyCaFile",
    value: "FILE",
    help: "CA of that proxy in PEM; the cluster's own if left out",
  },
  {
    flag: "gcp-workload-identity-provider",
    key: "gcpWorkloadIdentityProvider",
    value: "AUDIENCE",
    help: "audience of Google's token exchange for clusters outside GKE; on GKE it is asked of the metadata server",
  },
  {
    flag: "gcp-provider-credentials",
    key: "gcpProviderCredentials",
    value: "NS[,NS...]",
    help: "namespaces whose pods may use the daemon's own Google credentials; nobody if left out",
  },
  {
    flag: "gcp-node-publish-secret",
    key: "gcpNodePublishSecret",
    value: "BOOLEAN",
    help: "true lets key.json of a volume's nodePublishSecretRef be the Google credential",
  },
  {
    flag: "gcp-project",
    key: "gcpProject",
    value: "ID",
    help: "project of the GKE cluster, instead of the metadata server's",
  },
  {
    flag: "gcp-cluster-location",
    key: "gcpClusterLocation",
    value: "LOCATION",
    help: "location of the GKE cluster, instead of the metadata server's",
  },
  {
    flag: "gcp-cluster-name",
    key: "gcpClusterName",
    value: "NAME",
    help: "name of the GKE cluster, instead of the metadata server's",
  },
  {
    flag: "gcp-credentials-file",
    key: "gcpCredentialsFile",
    value: "FILE",
    help: "Google credentials file of the daemon",
  },
  {
    flag: "gcp-secret-manager-endpoint",
    key: "gcpSecretManagerEndpoint",
    value: "URL",
    help: "address of Secret Manager; https, or http on loopback for an emulator",
  },
  {
    flag: "gcp-parameter-manager-endpoint",
    key: "gcpParameterManagerEndpoint",
    value: "URL",
    help: "address of Parameter Manager, likewise",
  },
  {
    flag: "gcp-token-endpoint",
    key: "gcpTokenEndpoint",
    value: "URL",
    help: "address of the token exchange; https://sts.googleapis.com/v1/token outside GKE",
  },
  {
    flag: "gcp-iam-credentials-endpoint",
    key: "gcpIamCredentialsEndpoint",
    value: "URL",
    help: "address of the IAM credentials API",
  },
  {
    flag: "gcp-metadata-host",
    key: "gcpMetadataHost",
    value: "HOST",
    help: "host of the metadata server",
  },
  {
    flag: "vault-addr",
    key: "vaultAddr",
    value: "URL",
    help: "Vault server of `provider: vault` manifests that name none",
  },
  {
    flag: "vault-namespace",
    key: "vaultNamespace",
    value: "NAMESPACE",
    help: "Vault namespace of `provider: vault` manifests that name none",
  },
  {
    flag: "vault-mount",
    key: "vaultMount",
    value: "PATH",
    help: "auth mount of `provider: vault` manifests that name none; kubernetes if left out",
  },
  {
    flag: "vault-tls-ca-cert",
    key: "vaultTlsCaCert",
    value: "FILE",
    help: "CA of the Vault server, for `provider: vault` manifests that name none",
  },
  {
    flag: "vault-tls-ca-directory",
    key: "vaultTlsCaDirectory",
    value: "DIR",
    help: "the same as a folder of files",
  },
  {
    flag: "vault-tls-server-name",
    key: "vaultTlsServerName",
    value: "NAME",
    help: "name in the Vault server's certificate",
  },
  {
    flag: "vault-tls-client-cert",
    key: "vaultTlsClientCert",
    value: "FILE",
    help: "client certificate for the Vault server",
  },
  { flag: "vault-tls-client-key", key: "vaultTlsClientKey", value: "FILE", help: "key of that certificate" },
  {
    flag: "vault-tls-skip-verify",
    key: "vaultTlsSkipVerify",
    value: "BOOLEAN",
    help: "true takes any certificate of a Vault server; never in production",
  },
  {
    flag: "sops-refuse-older",
    key: "sopsRefuseOlder",
    value: "BOOLEAN",
    help: "true refuses a SOPS document that is older than one that was mounted before in its place",
  },
  {
    flag: "log-level",
    key: "logLevel",
    value: "LEVEL",
    fallback: "info",
    help: "debug, info, warn or error",
  },
  {
    flag: "log-format",
    key: "logFormat",
    value: "FORMAT",
    help: "json or text; left out, text on a terminal and json elsewhere",
  },
] as const satisfies readonly Setting[];

export type SettingName = (typeof serveSettings)[number]["flag"];

/** The keys that a configuration file may hold. */
export function settingKeys(settings: readonly Setting[]): readonly { key: string; repeatable: boolean }[] {
  return settings.flatMap(({ key, repeatable = false }) => (key === undefined ? [] : [{ key, repeatable }]));
}

/** The environment variable of a setting: `--providers-dir` is `KEYFERRY_PROVIDERS_DIR`. */
export function variableOf(setting: Setting): string {
  return `KEYFERRY_${setting.flag.toUpperCase().replaceAll("-", "_")}`;
}

/** Where a value came from, for error messages: `--mount-timeout`, `KEYFERRY_MOUNT_TIMEOUT`, `mountTimeout in FILE`. */
export interface Chosen {
  readonly values: readonly string[];
  readonly from: string;
}

/**
 * Each setting's values: flag beats environment beats configuration file beats default. The only place that knows this
 * order. Settings without any are not there.
 */
export function chooseSettings(
  settings: readonly Setting[],
  given: Given,
  env: Readonly<Record<string, string | undefined>>,
  file: { readonly path: string; readonly values: ReadonlyMap<string, readonly string[]> },
): ReadonlyMap<string, Chosen> {
  const chosen = new Map<string, Chosen>();
  for (const setting of settings) {
    const choice = choose(setting, given, env, file);
    if (choice === undefined) continue;
    const values = setting.list === true ? choice.values.flatMap((text) => text.split(",")) : choice.values;
    chosen.set(setting.flag, { values: values.map((text) => text.trim()), from: choice.from });
  }
  return chosen;
}

function choose(
  setting: Setting,
  given: Given,
  env: Readonly<Record<string, string | undefined>>,
  file: { readonly path: string; readonly values: ReadonlyMap<string, readonly string[]> },
): Chosen | undefined {
  const flag = given.get(setting.flag);
  if (flag !== undefined) return { values: flag, from: `--${setting.flag}` };
  const variable = variableOf(setting);
  const text = env[variable];
  if (text !== undefined && text !== "") {
    return { values: setting.repeatable === true ? text.split(",") : [text], from: variable };
  }
  const written = setting.key === undefined ? undefined : file.values.get(setting.key);
  if (written !== undefined) return { values: written, from: `${setting.key ?? ""} in ${file.path}` };
  return setting.fallback === undefined ? undefined : { values: [setting.fallback], from: "the default" };
}
