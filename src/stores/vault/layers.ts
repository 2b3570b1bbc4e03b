import { plainClient, type VaultClientSettings } from "./client-settings.ts";

/** What a daemon is told of servers for manifests of a drop-in that do not say it themselves. Empty is not set. */
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
  readonly client: VaultClientSettings;
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
  client: plainClient,
};

/** The address that the official provider falls back on. */
export const standardAddress = "https://127.0.0.1:8200";

/**
 * One layer of settings over another: what it has beats what is below. Certificate and key go together, and of the three
 * forms of a CA the upper layer's replaces the lower one's.
 */
export function layerSettings(below: VaultSettings, above: Partial<VaultSettings>): VaultSettings {
  const chosen = (name: keyof Omit<VaultSettings, "skipVerify" | "client">) => {
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
    client: above.client ?? below.client,
  };
}
