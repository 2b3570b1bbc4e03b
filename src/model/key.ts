/** A private key for secrets encrypted in Git, as the operator configures it. */
export interface KeySource {
  readonly name: string;
  readonly kind: string;
  /** Path of the file that holds it, for RSA keys also of a folder of such files; read again when it changes. */
  readonly file: string;
  /** Names or patterns (`team-*`) of namespaces that may use it; never empty. */
  readonly namespaces: readonly string[];
  /** `pgp`: path of the file with the passphrase of a locked key. */
  readonly passphraseFile?: string;
  /** `ansible-vault`: the vault id whose password it is; `default` if left out. */
  readonly vaultId?: string;
  /** `sealed-secrets`: whether it also opens cluster-wide values, which no namespace binds. */
  readonly clusterWide?: boolean;
  /** `sealed-secrets`: strict values open only if they were sealed for the name of the pod's service account. */
  readonly strictName?: "service-account";
  /** `eyaml`: the operator knows that anybody who can edit the document can change its values; required. */
  readonly acceptUnauthenticated?: boolean;
}
