import type { Setting } from "../../src/model/setting.ts";

/** One field of the operator configuration. */
export interface ConfigField {
  readonly name: string;
  /** What is written: `text`, `list of texts`, `true or false`, `duration`. */
  readonly type: string;
  /** What holds where it is left out; undefined for a field that must be there. */
  readonly fallback: string | undefined;
  readonly help: string;
  /** As it stands in YAML. */
  readonly example: string;
}

/** A map of the file, and what can stand in it. */
export interface ConfigSection {
  readonly title: string;
  readonly help: string;
  readonly fields: readonly ConfigField[];
}

const field = (
  name: string,
  type: string,
  fallback: string | undefined,
  help: string,
  example: string,
): ConfigField => ({ name, type, fallback, help, example });

const namespaces = field(
  "namespaces",
  "list of texts",
  undefined,
  "namespaces that may use it; `*` stands for any run of characters",
  "[shop, team-*]",
);

/** The maps besides the keys of `keys`; their entries are in `keyKinds`. */
export const configSections = {
  stores: {
    title: "`stores`: stores that the operator owns",
    help: "A list. The other fields of an entry are those of its kind of store: [parameters.md](parameters.md).",
    fields: [
      field("name", "text", undefined, "what a SecretProviderClass names as `store`", "team-vault"),
      field("kind", "text", undefined, "the kind of store, for example `vault`", "vault"),
      namespaces,
    ],
  },
  keys: {
    title: "`keys`: private keys for secrets encrypted in Git",
    help: "A list. Each kind adds the fields of its own table below.",
    fields: [
      field("name", "text", undefined, "what messages call it", "prod-age"),
      field("kind", "text", undefined, "one of the kinds below", "age"),
      field(
        "file",
        "text",
        "none, where the pod's identity stands for it",
        "path, relative to the file; for keys in a service: their credential",
        "keys/prod.agekey",
      ),
      namespaces,
    ],
  },
  policy: {
    title: "`policy`: what manifests may do",
    help: "A map.",
    fields: [
      field(
        "inlineStores",
        "true or false",
        "`true`",
        "whether a SecretProviderClass may define a store that is reached over the network",
        "false",
      ),
      field(
        "addresses",
        "list of texts",
        "any",
        "the only hosts that such a store may point at; `*` stands for any run of characters",
        '["*.example.com"]',
      ),
      field(
        "files",
        "list of texts",
        "none",
        "folders of the daemon below which a SecretProviderClass may name files, such as a CA or a client certificate",
        "[/etc/keyferry/vault]",
      ),
    ],
  },
  refresh: {
    title: "`refresh`: how old an answer may be",
    help: "A map.",
    fields: [
      field("interval", "duration", "`2m`", "for a volume that is mounted already", "5m"),
      field(
        "minInterval",
        "duration",
        "`30s`",
        "the shortest `refreshInterval` that a manifest may set for itself",
        "1m",
      ),
      field("firstMount", "duration", "`2s`", "for a volume not seen before", "0s"),
      field("staleOnError", "duration", "`0s`: never", "while the store fails", "1h"),
    ],
  },
} as const satisfies Readonly<Record<string, ConfigSection>>;

const endpointHelp = "instead of the public address, for an emulator or a private endpoint";

/** What each kind of key adds to the fields of `keys`. */
export const keyKinds: Readonly<Record<string, ConfigSection>> = {
  age: { title: "`age`", help: "An age or OpenSSH identity file, for `sops`.", fields: [] },
  pgp: {
    title: "`pgp`",
    help: "Armored OpenPGP private keys, for `sops` and `s5`.",
    fields: [
      field(
        "passphraseFile",
        "text",
        "the keys are not locked",
        "file with the passphrase of a locked key",
        "keys/passphrase",
      ),
    ],
  },
  "sealed-secrets": {
    title: "`sealed-secrets`",
    help: "RSA keys and certificates in PEM, a folder of such files, or a backup of the controller's keys.",
    fields: [
      field(
        "controllerNamespace",
        "text",
        "the keys are in `file`",
        "read the controller's own key Secrets of this namespace, instead of `file`",
        "kube-system",
      ),
      field("clusterWide", "true or false", "`false`", "open cluster-wide values too", "true"),
      field(
        "strictName",
        "`service-account`",
        "any name",
        "open strict values only for the service account of that name",
        "service-account",
      ),
    ],
  },
  "ansible-vault": {
    title: "`ansible-vault`",
    help: "A password.",
    fields: [field("vaultId", "text", "`default`", "the vault id that it is for", "prod")],
  },
  eyaml: {
    title: "`eyaml`",
    help: "RSA keys in PEM.",
    fields: [
      field(
        "acceptUnauthenticated",
        "`true`",
        undefined,
        "accepts that the format does not protect values against changes",
        "true",
      ),
    ],
  },
  s5: { title: "`s5`", help: "AES keys in hexadecimal digits, one a line.", fields: [] },
  "vault-transit": {
    title: "`vault-transit`",
    help: "Keys in a Vault server, for `sops` and `s5`. `file` holds a token; with `role` it is left out.",
    fields: [
      field(
        "address",
        "text",
        undefined,
        "the server; the only one that documents may name",
        "https://vault.example.com:8200",
      ),
      field("keys", "list of texts", undefined, "names of transit keys, or patterns", "[shop-*]"),
      field("mounts", "list of texts", "`[transit]`", "paths of transit engines", "[transit, team/transit]"),
      field("vaultNamespace", "text", "the root", "Vault namespace", "team"),
      field("role", "text", "`file` is the credential", "role to log in as with the pod's identity", "keyferry"),
      field("authMount", "text", "`kubernetes`", "path of the auth method", "kubernetes"),
      field("audience", "text", "`vault`", "audience of the pod's token", "vault"),
      field("caFile", "text", "the system's CAs", "CA of the server, in PEM", "vault-ca.pem"),
    ],
  },
  "aws-kms": {
    title: "`aws-kms`",
    help: "Keys in AWS KMS, for `sops` and `s5`. `file` holds an access key; with `roleArn` it is left out.",
    fields: [
      field(
        "arns",
        "list of texts",
        undefined,
        "ARNs of keys, or patterns",
        '["arn:aws:kms:eu-west-1:111122223333:key/*"]',
      ),
      field(
        "roles",
        "list of texts",
        "none",
        "roles that a document may ask for",
        '["arn:aws:iam::111122223333:role/decrypt"]',
      ),
      field(
        "roleArn",
        "text",
        "`file` is the credential",
        "role that is taken on with the pod's token",
        "arn:aws:iam::111122223333:role/keyferry",
      ),
      field("audience", "text", "`sts.amazonaws.com`", "audience of the pod's token", "sts.amazonaws.com"),
      field("endpoint", "text", "KMS of the key's region", endpointHelp, "https://kms.example.com"),
      field("stsEndpoint", "text", "STS of the key's region", endpointHelp, "https://sts.example.com"),
    ],
  },
  "gcp-kms": {
    title: "`gcp-kms`",
    help: "Keys in Cloud KMS, for `sops` and `s5`. `file` holds credentials as JSON; with `workloadIdentityProvider` it is left out.",
    fields: [
      field(
        "resources",
        "list of texts",
        undefined,
        "names of keys, or patterns",
        '["projects/shop/locations/global/keyRings/prod/cryptoKeys/*"]',
      ),
      field(
        "workloadIdentityProvider",
        "text",
        "`file` is the credential",
        "provider that the pod's token is exchanged at",
        "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/k8s/providers/prod",
      ),
      field(
        "serviceAccount",
        "text",
        "the exchanged identity itself",
        "account of Google to act as",
        "keyferry@shop.iam.gserviceaccount.com",
      ),
      field("endpoint", "text", "Google's", endpointHelp, "https://kms.example.com"),
      field("tokenEndpoint", "text", "Google's", endpointHelp, "https://sts.example.com"),
    ],
  },
  "azure-key": {
    title: "`azure-key`",
    help: "Keys in Azure Key Vault, for `sops`. `file` holds a client secret; left out, the pod's token stands for it.",
    fields: [
      field(
        "vaults",
        "list of texts",
        undefined,
        "addresses of vaults, or patterns",
        '["https://shop.vault.azure.net"]',
      ),
      field("keys", "list of texts", undefined, "names of keys, or patterns", "[sops]"),
      field("tenantId", "text", undefined, "tenant of the application", "00000000-0000-0000-0000-000000000000"),
      field("clientId", "text", undefined, "the application that may decrypt", "00000000-0000-0000-0000-000000000000"),
      field(
        "audience",
        "text",
        "`api://AzureADTokenExchange`",
        "audience of the pod's token, where there is no `file`",
        "api://AzureADTokenExchange",
      ),
      field(
        "authority",
        "text",
        "`https://login.microsoftonline.com`",
        "where the application signs in",
        "https://login.microsoftonline.us",
      ),
    ],
  },
};

/** The whole page. */
export function configurationPage(settings: readonly Setting<unknown>[]): string {
  const { stores, keys, policy, refresh } = configSections;
  return [
    "<!-- Written by `npm run reference`: change scripts/reference/configuration.ts, not this file. -->",
    "",
    "# Operator configuration",
    "",
    "Every field of the file that `--config` names; [configure.md](../operate/configure.md) explains what they are for. All of it is optional; fields marked **required** must be there where their map is. A duration is written as `500ms`, `90s`, `2m` or `1h30m`. A field that is not known stops the daemon's start with its line. [deploy/schema/keyferry-config.schema.json](../../deploy/schema/keyferry-config.schema.json) is the same for editors.",
    "",
    ...[stores, keys].flatMap((section) => sectionLines(section, "##")),
    "### Kinds of key",
    "",
    ...Object.values(keyKinds).flatMap((section) => sectionLines(section, "####")),
    ...[policy, refresh].flatMap((section) => sectionLines(section, "##")),
    "## Settings of the daemon",
    "",
    "At the top of the file; the flag and the variable that stand for each count more. Their meaning is in [options.md](options.md).",
    "",
    "| key | flag | variable | default |",
    "|---|---|---|---|",
    ...settings.flatMap(({ key, flag, env, defaultText }): readonly string[] => {
      if (key === undefined || flag === undefined) return [];
      return [
        `| \`${key}\` | \`--${flag}\` | \`${env}\` | ${defaultText === undefined ? "–" : `\`${defaultText}\``} |`,
      ];
    }),
    "",
  ].join("\n");
}

function sectionLines({ title, help, fields }: ConfigSection, level: string): readonly string[] {
  const table = fields.map(({ name, type, fallback, help: what, example }) => {
    return `| \`${name}\` | ${type} | ${fallback ?? "**required**"} | ${what} | \`${example}\` |`;
  });
  const head = ["| field | is | default | meaning | example |", "|---|---|---|---|---|"];
  return [`${level} ${title}`, "", help, "", ...(table.length === 0 ? [] : [...head, ...table, ""])];
}
