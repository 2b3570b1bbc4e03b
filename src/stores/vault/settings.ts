/** What a daemon is told of Vault for manifests of `provider: vault` that do not say it themselves. Empty is not set. */
export interface VaultSettings {
  readonly address: string;
  readonly namespace: string;
  readonly authMount: string;
  readonly skipVerify: boolean;
  readonly caFile: string;
  /** PEM text. */
  readonly ca: string;
  readonly caFolder: string;
  readonly serverName: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Address of an agent that beats every other address. */
  readonly agentAddress: string;
}

/** What holds where nothing is set. */
export const noVaultSettings: VaultSettings = {
  address: "",
  namespace: "",
  authMount: "",
  skipVerify: false,
  caFile: "",
  ca: "",
  caFolder: "",
  serverName: "",
  certificateFile: "",
  keyFile: "",
  agentAddress: "",
};

/** The address that the official provider falls back on. */
export const standardAddress = "https://127.0.0.1:8200";

/**
 * One layer of settings over another: what it has beats what is below. Certificate and key go together, and of the three
 * forms of a CA the upper layer's replaces the lower one's.
 */
export function layerSettings(below: VaultSettings, above: Partial<VaultSettings>): VaultSettings {
  const chosen = (name: keyof Omit<VaultSettings, "skipVerify">) => {
    const value = above[name];
    return value === undefined || value === "" ? below[name] : value;
  };
  const hasCa = [above.ca, above.caFile, above.caFolder].some((value) => value !== undefined && value !== "");
  const ca = hasCa ? { ...noVaultSettings, ...above } : below;
  return {
    address: chosen("address"),
    namespace: chosen("namespace"),
    authMount: chosen("authMount"),
    skipVerify: below.skipVerify || above.skipVerify === true,
    ca: ca.ca,
    caFile: ca.caFile,
    caFolder: ca.caFolder,
    serverName: chosen("serverName"),
    certificateFile: chosen("certificateFile"),
    keyFile: chosen("keyFile"),
    agentAddress: chosen("agentAddress"),
  };
}

/** What the official provider reads from its environment. `VAULT_TOKEN` is left out: it would log every pod in as one. */
export function environmentSettings(env: Readonly<Record<string, string | undefined>>): Partial<VaultSettings> {
  const read = (name: string) => env[name] ?? "";
  return {
    address: read("VAULT_ADDR"),
    namespace: read("VAULT_NAMESPACE"),
    skipVerify: ["1", "t", "T", "TRUE", "true", "True"].includes(read("VAULT_SKIP_VERIFY")),
    caFile: read("VAULT_CACERT"),
    ca: read("VAULT_CACERT_BYTES"),
    caFolder: read("VAULT_CAPATH"),
    serverName: read("VAULT_TLS_SERVER_NAME"),
    certificateFile: read("VAULT_CLIENT_CERT"),
    keyFile: read("VAULT_CLIENT_KEY"),
    agentAddress: read("VAULT_AGENT_ADDR"),
  };
}

/** The daemon's own settings by the names of their flags. `read` gives the empty text for what is not set. */
export function flagSettings(read: (flag: string) => string): Partial<VaultSettings> {
  return {
    address: read("vault-addr"),
    namespace: read("vault-namespace"),
    authMount: read("vault-mount"),
    skipVerify: read("vault-tls-skip-verify") === "true",
    caFile: read("vault-tls-ca-cert"),
    caFolder: read("vault-tls-ca-directory"),
    serverName: read("vault-tls-server-name"),
    certificateFile: read("vault-tls-client-cert"),
    keyFile: read("vault-tls-client-key"),
  };
}

/** The daemon's settings over the environment of the official provider. `flag` gives the empty text for what is not set. */
export function vaultSettings(
  flag: (name: string) => string,
  env: Readonly<Record<string, string | undefined>>,
): VaultSettings {
  return layerSettings(layerSettings(noVaultSettings, environmentSettings(env)), flagSettings(flag));
}
