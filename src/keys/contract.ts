import type { AesKey } from "./aes.ts";
import type { KeyService } from "./key-service.ts";
import type { GrantedKeys } from "./grants.ts";
import type { PgpService } from "./pgp.ts";
import type { RsaKey } from "./rsa.ts";
import type { VaultPassword } from "./password.ts";
import type { VaultTransit } from "./remote/vault-transit.ts";
import type { KeyStanding } from "./not-granted.ts";

/** The key services that this daemon has, and the keys of formats that unwrap no key but open values themselves. */
export interface Keyring {
  /** Whether there are keys of any kind, and whether any of them names the namespace. */
  standing(namespace: string): KeyStanding;
  /** Kinds of wrapped keys that can be opened at all, whatever keys are configured; sorted. */
  readonly kinds: readonly string[];
  service(kind: string): KeyService | undefined;
  readonly pgp: PgpService;
  readonly transit: VaultTransit;
  readonly sealedSecrets: GrantedKeys<RsaKey>;
  readonly eyaml: GrantedKeys<RsaKey>;
  readonly ansibleVault: GrantedKeys<VaultPassword>;
  readonly s5: GrantedKeys<AesKey>;
}
