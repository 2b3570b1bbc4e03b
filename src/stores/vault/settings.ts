import { setting, variableSetting, type Setting, type SettingValues } from "../../model/setting.ts";
import { booleanRule, hostRule, linesRule, pathRule, patternRule } from "../../text/rules.ts";
import { urlRule } from "../../text/url-rules.ts";

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

const server = urlRule({ http: "any", unix: true });

const place = {
  address: setting(
    {
      flag: "vault-addr",
      value: "URL",
      help: `Vault server of \`provider: vault\` manifests that name none (default: ${standardAddress})`,
      officialEnv: "VAULT_ADDR",
    },
    server,
    "",
  ),
  namespace: setting(
    {
      flag: "vault-namespace",
      value: "NAMESPACE",
      help: "Vault namespace of `provider: vault` manifests that name none",
      officialEnv: "VAULT_NAMESPACE",
    },
    patternRule(/^[\x21-\x7e]{1,500}$/u, "write a path such as team/a"),
    "",
  ),
  authMount: setting(
    {
      flag: "vault-mount",
      value: "PATH",
      help: "auth mount of `provider: vault` manifests that name none (default: kubernetes)",
    },
    patternRule(/^[\x21-\x7e]{1,500}$/u, "write the path of an auth mount, such as kubernetes"),
    "",
  ),
  agentAddress: variableSetting(
    { env: "VAULT_AGENT_ADDR", value: "URL", help: "address of a Vault agent, which beats every other address" },
    server,
    "",
  ),
};

const tls = {
  caFile: setting(
    {
      flag: "vault-tls-ca-cert",
      value: "FILE",
      help: "CA of the Vault server, for `provider: vault` manifests that name none",
    },
    pathRule,
    "",
  ),
  caFolder: setting(
    { flag: "vault-tls-ca-directory", value: "DIR", help: "the same as a folder of files" },
    pathRule,
    "",
  ),
  serverName: setting(
    {
      flag: "vault-tls-server-name",
      value: "NAME",
      help: "name in the Vault server's certificate",
      officialEnv: "VAULT_TLS_SERVER_NAME",
    },
    hostRule,
    "",
  ),
  certificateFile: setting(
    {
      flag: "vault-tls-client-cert",
      value: "FILE",
      help: "client certificate for the Vault server",
      officialEnv: "VAULT_CLIENT_CERT",
    },
    pathRule,
    "",
  ),
  keyFile: setting(
    {
      flag: "vault-tls-client-key",
      secretFile: true,
      value: "FILE",
      help: "key of that certificate",
      officialEnv: "VAULT_CLIENT_KEY",
    },
    pathRule,
    "",
  ),
  skipVerify: setting(
    {
      flag: "vault-tls-skip-verify",
      value: "BOOLEAN",
      help: "true takes any certificate of a Vault server; never in production",
      defaultText: "false",
    },
    booleanRule,
    false,
  ),
};

/** Layers of their own in the official provider: a CA replaces the one below, and verification is never switched back on. */
const official = {
  caFile: variableSetting(
    { env: "VAULT_CACERT", value: "FILE", help: "as --vault-tls-ca-cert, where no flag names a CA" },
    pathRule,
    "",
  ),
  ca: variableSetting({ env: "VAULT_CACERT_BYTES", value: "PEM", help: "the same as text" }, linesRule, ""),
  caFolder: variableSetting({ env: "VAULT_CAPATH", value: "DIR", help: "the same as a folder of files" }, pathRule, ""),
  skipVerify: variableSetting(
    { env: "VAULT_SKIP_VERIFY", value: "BOOLEAN", help: "true counts as --vault-tls-skip-verify true" },
    booleanRule,
    false,
  ),
};

/** Every setting of the store and its dialect. */
export const settings: readonly Setting<unknown>[] = [
  ...Object.values(place),
  ...Object.values(tls),
  ...Object.values(official),
];

/** What those settings say. */
export function vaultSettings(values: SettingValues): VaultSettings {
  const below = {
    ...noVaultSettings,
    caFile: values.get(official.caFile),
    ca: values.get(official.ca),
    caFolder: values.get(official.caFolder),
    skipVerify: values.get(official.skipVerify),
  };
  return layerSettings(below, {
    address: values.get(place.address),
    namespace: values.get(place.namespace),
    authMount: values.get(place.authMount),
    agentAddress: values.get(place.agentAddress),
    caFile: values.get(tls.caFile),
    caFolder: values.get(tls.caFolder),
    serverName: values.get(tls.serverName),
    certificateFile: values.get(tls.certificateFile),
    keyFile: values.get(tls.keyFile),
    skipVerify: values.get(tls.skipVerify),
  });
}
