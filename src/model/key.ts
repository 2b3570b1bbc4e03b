/** Keys in a HashiCorp Vault or OpenBao transit engine. */
export interface TransitRemote {
  readonly kind: "vault-transit";
  /** `https://…` or `http://…`; a document that names another address is not for this source. */
  readonly address: string;
  /** Names or patterns of the engine paths and keys that may be used. */
  readonly mounts: readonly string[];
  readonly keys: readonly string[];
  /** Vault namespace; empty for none. */
  readonly vaultNamespace: string;
  /** Logs in with the pod's identity; undefined where the source's file holds a token. */
  readonly login: { readonly role: string; readonly authMount: string; readonly audience: string } | undefined;
}

/** Keys in AWS KMS. */
export interface AwsRemote {
  readonly kind: "aws-kms";
  /** ARNs or patterns of keys and aliases that may be used. */
  readonly arns: readonly string[];
  /** ARNs or patterns of roles that a document may ask to be taken on; none where empty. */
  readonly roles: readonly string[];
  /** Role taken on with the pod's token for `audience`; undefined where the source's file holds an access key. */
  readonly login: { readonly roleArn: string; readonly audience: string } | undefined;
  /** Addresses to ask instead of the public ones of the key's region. */
  readonly endpoint: string | undefined;
  readonly stsEndpoint: string | undefined;
}

/** Keys in Google Cloud KMS. */
export interface GcpRemote {
  readonly kind: "gcp-kms";
  /** Resource names of keys, or patterns, that may be used. */
  readonly resources: readonly string[];
  /** Exchanges the pod's token at this provider; undefined where the source's file holds Google credentials. */
  readonly login:
    { readonly workloadIdentityProvider: string; readonly serviceAccount: string | undefined } | undefined;
  /** Addresses instead of Google's own. */
  readonly endpoint: string | undefined;
  readonly tokenEndpoint: string | undefined;
}

/** Keys in Azure Key Vault. */
export interface AzureRemote {
  readonly kind: "azure-key";
  /** Addresses of vaults; a document that names another is not for this source. */
  readonly vaults: readonly string[];
  /** Names or patterns of keys that may be used. */
  readonly keys: readonly string[];
  readonly tenantId: string;
  readonly clientId: string;
  /** Audience of the pod's token that stands for a client secret; undefined where the source's file holds that. */
  readonly audience: string | undefined;
  /** Address that gives tokens. */
  readonly authority: string;
}

/** A private key for secrets encrypted in Git, as the operator configures it. */
export interface KeySource {
  readonly name: string;
  readonly kind: string;
  /**
   * Path of the file that holds it, for RSA keys also of a folder of such files; read again when it changes. For a key
   * in a service the file with our credential there, empty where the pod's identity is used.
   */
  readonly file: string;
  /** Names or patterns (`team-*`) of namespaces that may use it; never empty. */
  readonly namespaces: readonly string[];
  /** `pgp`: path of the file with the passphrase of a locked key. */
  readonly passphraseFile?: string;
  /** `ansible-vault`: the vault id whose password it is; `default` if left out. */
  readonly vaultId?: string;
  /** `sealed-secrets`: namespace of the controller whose own key Secrets are read; `file` is empty then. */
  readonly controllerNamespace?: string;
  /** `sealed-secrets`: whether it also opens cluster-wide values, which no namespace binds. */
  readonly clusterWide?: boolean;
  /** `sealed-secrets`: strict values open only if they were sealed for the name of the pod's service account. */
  readonly strictName?: "service-account";
  /** `eyaml`: the operator knows that anybody who can edit the document can change its values; required. */
  readonly acceptUnauthenticated?: boolean;
  /** The key stays in a service, which is asked to open what was wrapped with it. */
  readonly remote?: TransitRemote | AwsRemote | GcpRemote | AzureRemote;
  /** Path of a PEM file with the CA of the service's certificate; the system's CAs if left out. */
  readonly caFile?: string;
}
