/** How an official provider of this protocol differs from its sibling; everything else is the same for both. */
export interface VaultVariant {
  /** Its `spec.provider`. */
  readonly provider: "vault" | "openbao";
  /** What messages call it. */
  readonly title: string;
  /** What its parameters start with; of several keys of one meaning the first present one counts, also an empty one. */
  readonly prefixes: readonly string[];
  /** Parameters that name the role, by the same rule. */
  readonly roles: readonly string[];
  /** Audience of the pod's token where none is named. */
  readonly audience: string;
  /** Secret with the key of object versions, where the operator names none. */
  readonly hmacSecret: string;
  /** What its environment variables start with; the first present one counts, also an empty one. */
  readonly environment: readonly [string, ...string[]];
  /** Whether its client knows the field `mount_type` of answers, and `self_enrollment_enabled` within `auth`. */
  readonly knowsMountType: boolean;
  /** Whether CA files, texts and folders are all loaded, beside the system's roots, instead of one in their place. */
  readonly addsCa: boolean;
}

/** HashiCorp's Vault CSI provider 1.7.4. */
export const vaultVariant: VaultVariant = {
  provider: "vault",
  title: "Vault",
  prefixes: ["vault"],
  roles: ["roleName"],
  audience: "vault",
  hmacSecret: "vault-csi-provider-hmac-key",
  environment: ["VAULT_"],
  knowsMountType: true,
  addsCa: false,
};

/** OpenBao's CSI provider 2.0.2. */
export const openbaoVariant: VaultVariant = {
  provider: "openbao",
  title: "OpenBao",
  prefixes: ["bao", "openbao", "vault"],
  roles: ["baoRoleName", "openbaoRoleName", "vaultRoleName", "roleName"],
  audience: "openbao",
  hmacSecret: "openbao-csi-provider-hmac-key",
  environment: ["BAO_", "VAULT_"],
  knowsMountType: false,
  addsCa: true,
};

/** The key of a meaning that counts, and its value; undefined, and the key to write, where none is present. */
export function parameterOf(
  parameters: ReadonlyMap<string, string>,
  { prefixes }: VaultVariant,
  suffix: string,
): { readonly name: string; readonly value: string | undefined } {
  const names = prefixes.map((prefix) => `${prefix}${suffix}`);
  const name = names.find((one) => parameters.has(one)) ?? names[0] ?? suffix;
  return { name, value: parameters.get(name) };
}
