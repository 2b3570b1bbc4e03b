import type { GivenKeys } from "./kinds.ts";
import type { KeyService } from "./key-service.ts";
import type { KeyStanding } from "./not-granted.ts";

/** The key services that this daemon has, and the keys of formats that unwrap no key but open values themselves. */
export interface Keyring {
  /** Whether there are keys of any kind, and whether any of them names the namespace. */
  standing(namespace: string): KeyStanding;
  /** Kinds of wrapped keys that can be opened at all, whatever keys are configured; sorted. */
  readonly kinds: readonly string[];
  /** Opens keys that are wrapped as this, in the word of SOPS documents. */
  service(kind: string): KeyService | undefined;
  /** What the configured keys of a kind give. */
  given<Kind extends keyof GivenKeys>(kind: Kind): GivenKeys[Kind];
}
