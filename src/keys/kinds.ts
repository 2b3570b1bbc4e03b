/** The kinds of wrapped keys that can be opened at all, whatever keys are configured; sorted. A test compares the keyring. */
export const wrappedKeyKinds: readonly string[] = ["age", "azure_kv", "gcp_kms", "hc_vault", "kms", "pgp"];
