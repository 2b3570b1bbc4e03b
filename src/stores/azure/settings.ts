import type { AzureSettings } from "../../identity/azure/settings.ts";

/** How the `azure` dialect writes what it read; the official provider's flags of the same names. */
export interface AzureDialectSettings {
  readonly cloudName: string;
  readonly chain: boolean;
  readonly separate: boolean;
}

/** The daemon's settings by the names of their flags, over the environment. `flag` gives the empty text for what is not set. */
export function azureSettings(
  flag: (name: string) => string,
  env: Readonly<Record<string, string | undefined>>,
): AzureSettings & AzureDialectSettings {
  const endpoint = (name: string) => flag(name).replace(/\/+$/u, "");
  return {
    cloudName: flag("azure-cloud-name"),
    cloudFiles: flag("azure-cloud-files"),
    cloudFile: env["AZURE_ENVIRONMENT_FILEPATH"] ?? "",
    managedIdentity: flag("azure-managed-identity")
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
    endpoints: {
      vault: endpoint("azure-vault-endpoint"),
      authority: endpoint("azure-authority-endpoint"),
      metadata: endpoint("azure-metadata-endpoint"),
    },
    tokenProxy: {
      url: endpoint("azure-token-proxy-url"),
      serverName: flag("azure-token-proxy-server-name"),
      caFile: flag("azure-token-proxy-ca-file"),
    },
    chain: flag("azure-construct-pem-chain") !== "false",
    separate: flag("azure-write-cert-and-key-in-separate-files") === "true",
  };
}
