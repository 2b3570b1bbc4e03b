import { cloudNames, findCloud, stackCloud, type AzureSettings } from "../../identity/azure/settings.ts";
import {
  listSetting,
  setting,
  variableSetting,
  type Rule,
  type Setting,
  type SettingValues,
} from "../../model/setting.ts";
import { booleanRule, hostRule, namespaceRule, pathRule, patternRule, rule } from "../../text/rules.ts";
import { urlRule } from "../../text/url-rules.ts";

/** How the `azure` dialect writes what it read; the official provider's flags of the same names. */
export interface AzureDialectSettings {
  readonly cloudName: string;
  readonly chain: boolean;
  readonly separate: boolean;
}

const cloudRule: Rule<string> = rule({ type: "string" }, `write one of ${cloudNames.join(", ")}`, (text) => {
  const known = text === "" || text.toLowerCase() === stackCloud.toLowerCase() || findCloud(text) !== undefined;
  return known ? text : undefined;
});

const emulator = urlRule({ http: "loopback", placeholder: "{vault}" });

const identity = {
  cloudName: setting(
    {
      flag: "azure-cloud-name",
      value: "NAME",
      help: "cloud of `provider: azure` manifests that name none (default: AzurePublicCloud)",
    },
    cloudRule,
    "",
  ),
  cloudFiles: setting(
    {
      flag: "azure-cloud-files",
      value: "DIR",
      help: "folder that files of cloudEnvFileName must lie in (default: none may be named)",
    },
    pathRule,
    "",
  ),
  cloudFile: variableSetting(
    {
      env: "AZURE_ENVIRONMENT_FILEPATH",
      value: "FILE",
      help: "description of AzureStackCloud for manifests without cloudEnvFileName",
    },
    pathRule,
    "",
  ),
  managedIdentity: listSetting(
    {
      flag: "azure-managed-identity",
      value: "NS[,NS...]",
      help: "namespaces whose pods may use the node's managed identities (default: none)",
    },
    namespaceRule,
    [],
  ),
};

const files = {
  chain: setting(
    {
      flag: "azure-construct-pem-chain",
      value: "BOOLEAN",
      help: "false leaves the certificates of a PFX in its own order",
      defaultText: "true",
    },
    booleanRule,
    true,
  ),
  separate: setting(
    {
      flag: "azure-write-cert-and-key-in-separate-files",
      value: "BOOLEAN",
      help: "true writes certificates and keys of `provider: azure` also to files of their own",
      defaultText: "false",
    },
    booleanRule,
    false,
  ),
};

const addresses = {
  vault: setting(
    {
      flag: "azure-vault-endpoint",
      value: "URL",
      help: "address of every key vault, {vault} being its name; for an emulator",
    },
    emulator,
    "",
  ),
  authority: setting(
    { flag: "azure-authority-endpoint", value: "URL", help: "address of every sign-in; for an emulator" },
    urlRule({ http: "loopback" }),
    "",
  ),
  metadata: setting(
    { flag: "azure-metadata-endpoint", value: "URL", help: "address of the instance metadata service" },
    urlRule({ http: "any" }),
    "",
  ),
};

const tokenProxy = {
  url: setting(
    {
      flag: "azure-token-proxy-url",
      value: "URL",
      help: "address of the token proxy of AKS identity binding (default: the cluster's API server)",
    },
    urlRule({ http: "no" }),
    "",
  ),
  serverName: setting(
    {
      flag: "azure-token-proxy-server-name",
      value: "NAME",
      help: "server name of that proxy (default: found by the API server's certificate)",
    },
    hostRule,
    "",
  ),
  caFile: setting(
    {
      flag: "azure-token-proxy-ca-file",
      value: "FILE",
      help: "CA of that proxy in PEM (default: the cluster's own)",
    },
    pathRule,
    "",
  ),
  apiPort: variableSetting(
    { env: "KUBERNETES_SERVICE_PORT", value: "PORT", help: "port of the cluster's API server; kubelet sets it" },
    patternRule(/^\d{1,5}$/u, "write the number of a port"),
    "",
  ),
};

/** Every setting of the store and its dialect. */
export const settings: readonly Setting<unknown>[] = [
  ...Object.values(identity),
  ...Object.values(files),
  ...Object.values(addresses),
  ...Object.values(tokenProxy),
];

/** What those settings say. */
export function azureSettings(values: SettingValues): AzureSettings & AzureDialectSettings {
  return {
    cloudName: values.get(identity.cloudName),
    cloudFiles: values.get(identity.cloudFiles),
    cloudFile: values.get(identity.cloudFile),
    managedIdentity: values.get(identity.managedIdentity),
    endpoints: {
      vault: values.get(addresses.vault),
      authority: values.get(addresses.authority),
      metadata: values.get(addresses.metadata),
    },
    tokenProxy: {
      url: values.get(tokenProxy.url),
      serverName: values.get(tokenProxy.serverName),
      caFile: values.get(tokenProxy.caFile),
      apiPort: values.get(tokenProxy.apiPort),
    },
    chain: values.get(files.chain),
    separate: values.get(files.separate),
  };
}
