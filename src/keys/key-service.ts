import type { MountError } from "../model/error.ts";
import type { Pod, Tokens } from "../model/pod.ts";
import type { Secret } from "../model/secret.ts";
import type { SessionKey } from "../model/session.ts";

/** A key that a document carries, encrypted for somebody. Everything in it was chosen by the document's author. */
export interface WrappedKey {
  /** What it is encrypted with, in the document's own word: `age`, `pgp`, `kms`, … */
  readonly kind: string;
  /** Names the key that opens it: recipient, fingerprint, ARN, … Shown in messages. */
  readonly id: string;
  /** The wrapped key as the document spells it. */
  readonly enc: string;
  /** The other text fields of the entry, such as `vault_address`; untrusted. */
  readonly fields: ReadonlyMap<string, string>;
  /** The entry's `context` map, for key services that bind one; untrusted. */
  readonly context: ReadonlyMap<string, string>;
}

/** For whom a key is unwrapped. */
export interface KeyUse {
  /**
   * The session that asks: nothing that was had for one, a credential or a key, is given to another. The sessions of pods
   * with tokens of their authors' own differ from all others.
   */
  readonly session: SessionKey;
  readonly pod: Pod;
  readonly tokens: Tokens;
  readonly signal: AbortSignal;
}

/**
 * `closed`: no key granted to the pod's namespace fits. `damaged`: the wrapped key cannot be read, or a fitting key
 * refuses it. `unavailable`: a granted key could not be asked, and none of the others fits.
 */
export type Unwrapped =
  | { readonly kind: "opened"; readonly key: Secret }
  | { readonly kind: "closed" }
  | { readonly kind: "damaged" }
  | { readonly kind: "unavailable"; readonly error: MountError };

/** Opens wrapped keys of one kind with the keys granted to a namespace. Tells nothing of keys of other namespaces. */
export interface KeyService {
  readonly kind: string;
  /** The key belongs to the caller, who wipes it. Rejects only with the signal's reason. */
  unwrap(wrapped: WrappedKey, use: KeyUse): Promise<Unwrapped>;
}
