/** What the operator says about Azure; every field may be left out. */
export interface AzureSettings {
  /** Cloud of manifests that name none. */
  readonly cloudName: string;
  /** Folder that files of `cloudEnvFileName` must lie in; none may be named while it is empty. */
  readonly cloudFiles: string;
  /** The file of AzureStackCloud where a manifest names none. */
  readonly cloudFile: string;
  /** Namespaces (names or patterns) whose pods may use the node's managed identities; nobody if empty. */
  readonly managedIdentity: readonly string[];
  /** Base addresses that stand for Azure's own; plain http is taken on loopback only. */
  readonly endpoints: AzureEndpoints;
  readonly tokenProxy: AzureTokenProxy;
}

/** Of AKS identity binding; each may be empty, and is found in the cluster then. */
export interface AzureTokenProxy {
  readonly url: string;
  readonly serverName: string;
  /** PEM. */
  readonly caFile: string;
  /** Port of the cluster's API server, as kubelet says it. */
  readonly apiPort: string;
}

export interface AzureEndpoints {
  /** Of every vault, `{vault}` being its name: an emulator, whose challenge is not looked at. */
  readonly vault: string;
  /** Of every authority. */
  readonly authority: string;
  /** Of the instance metadata service. */
  readonly metadata: string;
}

/** A cloud: where its vaults are, and who signs in to them. */
export interface AzureCloud {
  readonly name: string;
  /** May hold a port. */
  readonly vaultSuffix: string;
  /** With a slash at its end. */
  readonly authority: string;
}

const clouds: readonly (readonly [names: readonly string[], vaultSuffix: string, authority: string])[] = [
  [["AzurePublicCloud", "AzureCloud"], "vault.azure.net", "https://login.microsoftonline.com/"],
  [["AzureUSGovernment", "AzureUSGovernmentCloud"], "vault.usgovcloudapi.net", "https://login.microsoftonline.us/"],
  [["AzureChinaCloud"], "vault.azure.cn", "https://login.chinacloudapi.cn/"],
  [["AzureGermanCloud"], "vault.microsoftazure.de", "https://login.microsoftonline.de/"],
];

/** The cloud whose description a file holds. */
export const stackCloud = "AzureStackCloud";

/** Names as they may be written, for messages. */
export const cloudNames: readonly string[] = [...clouds.flatMap(([names]) => names.slice(0, 1)), stackCloud];

/** A cloud by name, without regard to case; undefined for an unknown one and for the one that a file describes. */
export function findCloud(name: string): AzureCloud | undefined {
  const found = clouds.find(([names]) => names.some((one) => one.toLowerCase() === name.toLowerCase()));
  if (found === undefined) return undefined;
  const [[canonical = ""], vaultSuffix, authority] = found;
  return { name: canonical, vaultSuffix, authority };
}

/** The cloud that a file describes; undefined when it does not, or not with https. */
export function parseCloudFile(text: string): AzureCloud | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json !== "object" || json === null) return undefined;
  const fields = json as Readonly<Record<string, unknown>>;
  const { activeDirectoryEndpoint: authority, keyVaultDNSSuffix: vaultSuffix } = fields;
  if (typeof authority !== "string" || typeof vaultSuffix !== "string") return undefined;
  const url = URL.parse(authority);
  if (url?.protocol !== "https:" || url.username !== "") return undefined;
  if (!/^[a-z0-9.-]{1,200}(?::\d{1,5})?$/iu.test(vaultSuffix)) return undefined;
  return { name: stackCloud, vaultSuffix, authority: authority.endsWith("/") ? authority : `${authority}/` };
}
