import { setting, variableSetting, type Setting, type SettingValues } from "../../model/setting.ts";
import { booleanRule, hostRule, linesRule, pathRule, patternRule } from "../../text/rules.ts";
import { urlRule } from "../../text/url-rules.ts";
import { headersRule, proxyRule, timeoutRule } from "./client-settings.ts";
import { layerSettings, noVaultSettings, standardAddress, type VaultSettings } from "./layers.ts";
import { openbaoVariant, vaultVariant, type VaultVariant } from "./variants.ts";

const server = urlRule({ http: "any", unix: true });

/** The names of one variant's settings, and the variables that stand for them. */
function namesOf({ provider, title, environment }: VaultVariant) {
  const [own, ...others] = environment;
  const [other] = others;
  const manifests = `\`provider: ${provider}\` manifests`;
  return {
    title,
    manifests,
    flag: (name: string) => `${provider}-${name}`,
    official: (name: string) => ({
      officialEnv: `${own}${name}`,
      ...(other === undefined ? {} : { officialFallbackEnv: `${other}${name}` }),
    }),
    variable: (name: string) => ({
      env: `${own}${name}`,
      ...(other === undefined ? {} : { officialFallbackEnv: `${other}${name}` }),
    }),
  };
}

type Names = ReturnType<typeof namesOf>;

function placeSettings({ manifests, flag, official, variable }: Names) {
  const path = /^[\x21-\x7e]{1,500}$/u;
  return {
    address: setting(
      {
        flag: flag("addr"),
        value: "URL",
        help: `server of ${manifests} that name none (default: ${standardAddress})`,
        ...official("ADDR"),
      },
      server,
      "",
    ),
    namespace: setting(
      {
        flag: flag("namespace"),
        value: "NAMESPACE",
        help: `namespace of ${manifests} that name none`,
        ...official("NAMESPACE"),
      },
      patternRule(path, "write a path such as team/a"),
      "",
    ),
    authMount: setting(
      { flag: flag("mount"), value: "PATH", help: `auth mount of ${manifests} that name none (default: kubernetes)` },
      patternRule(path, "write the path of an auth mount, such as kubernetes"),
      "",
    ),
    agentAddress: variableSetting(
      {
        ...variable("AGENT_ADDR"),
        value: "URL",
        help: `address of an agent for ${manifests}, which beats every other address`,
      },
      server,
      "",
    ),
  };
}

function tlsSettings({ title, manifests, flag, official }: Names) {
  return {
    caFile: setting(
      { flag: flag("tls-ca-cert"), value: "FILE", help: `CA of the ${title} server, for ${manifests} that name none` },
      pathRule,
      "",
    ),
    caFolder: setting(
      { flag: flag("tls-ca-directory"), value: "DIR", help: "the same as a folder of files" },
      pathRule,
      "",
    ),
    serverName: setting(
      {
        flag: flag("tls-server-name"),
        value: "NAME",
        help: `name in the ${title} server's certificate`,
        ...official("TLS_SERVER_NAME"),
      },
      hostRule,
      "",
    ),
    certificateFile: setting(
      {
        flag: flag("tls-client-cert"),
        value: "FILE",
        help: `client certificate for the ${title} server; shown at the address of these settings only`,
        ...official("CLIENT_CERT"),
      },
      pathRule,
      "",
    ),
    keyFile: setting(
      {
        flag: flag("tls-client-key"),
        secretFile: true,
        value: "FILE",
        help: "key of that certificate",
        ...official("CLIENT_KEY"),
      },
      pathRule,
      "",
    ),
    skipVerify: setting(
      {
        flag: flag("tls-skip-verify"),
        value: "BOOLEAN",
        help: `true takes any certificate of a ${title} server; never in production`,
        defaultText: "false",
      },
      booleanRule,
      false,
    ),
  };
}

/** Layers of their own in the official provider: a CA replaces the one below, and verification is never switched back on. */
function variables({ manifests, flag, variable }: Names) {
  const own = { ...variable("CACERT"), value: "FILE", help: `as --${flag("tls-ca-cert")}, where no flag names a CA` };
  return {
    caFile: variableSetting(own, pathRule, ""),
    ca: variableSetting({ ...variable("CACERT_BYTES"), value: "PEM", help: "the same as text" }, linesRule, ""),
    caFolder: variableSetting(
      { ...variable("CAPATH"), value: "DIR", help: "the same as a folder of files" },
      pathRule,
      "",
    ),
    skipVerify: variableSetting(
      { ...variable("SKIP_VERIFY"), value: "BOOLEAN", help: `true counts as --${flag("tls-skip-verify")} true` },
      booleanRule,
      false,
    ),
    limit: variableSetting(
      {
        ...variable("CLIENT_TIMEOUT"),
        value: "SECONDS",
        help: `longest wait for one answer, for ${manifests}: seconds or a duration (default: 30s)`,
      },
      timeoutRule,
      0,
    ),
    proxy: variableSetting(
      {
        ...variable("PROXY_ADDR"),
        value: "URL",
        help: `proxy for ${manifests}, before every other proxy variable and without NO_PROXY`,
      },
      proxyRule(variable("PROXY_ADDR").env),
      undefined,
    ),
    httpProxy: variableSetting(
      { ...variable("HTTP_PROXY"), value: "URL", help: "the same, where that one is not set" },
      proxyRule(variable("HTTP_PROXY").env),
      undefined,
    ),
  };
}

/** The official Vault client's alone: OpenBao's reads no such variable. */
const headers = variableSetting(
  {
    env: "VAULT_HEADERS",
    value: "JSON",
    help: "headers of every request to the address of these settings, for `provider: vault` manifests: a JSON object",
  },
  headersRule,
  {},
);

/** The settings of one variant, and what they say. */
interface SettingSet {
  readonly list: readonly Setting<unknown>[];
  read(values: SettingValues): VaultSettings;
}

function settingsFor(variant: VaultVariant): SettingSet {
  const names = namesOf(variant);
  const [place, tls, own] = [placeSettings(names), tlsSettings(names), variables(names)];
  const hasHeaders = variant.provider === "vault";
  const list = [...Object.values(place), ...Object.values(tls), ...Object.values(own)];
  return {
    list: hasHeaders ? [...list, headers] : list,
    read: (values) => {
      const below = {
        ...noVaultSettings,
        caFile: values.get(own.caFile),
        ca: values.get(own.ca),
        caFolder: values.get(own.caFolder),
        skipVerify: values.get(own.skipVerify),
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
        client: {
          headers: hasHeaders ? values.get(headers) : {},
          limit: values.get(own.limit),
          proxy: values.get(own.proxy) ?? values.get(own.httpProxy),
        },
      });
    },
  };
}

const sets = { vault: settingsFor(vaultVariant), openbao: settingsFor(openbaoVariant) };

/** Every setting of the store and its dialects. */
export const settings: readonly Setting<unknown>[] = [...sets.vault.list, ...sets.openbao.list];

/** What the settings of a variant say. */
export function vaultSettings(values: SettingValues, { provider }: VaultVariant = vaultVariant): VaultSettings {
  return sets[provider].read(values);
}
