import { createHash, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import { BoundedMap } from "../model/bounded-map.ts";
import { KeyProblem } from "./material/file.ts";
import type { Turns } from "./turns.ts";

/** A password of ansible-vault, as a deriver: the password itself stays here. */
export interface VaultPassword {
  /** The vault id that the operator gave it; `default` where none. */
  readonly id: string;
  /** 80 bytes: PBKDF2 with HMAC-SHA-256 and 10,000 rounds, on another thread. Rejects only with the signal's reason. */
  derive(salt: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}

/** The only parameters of the format. */
const pbkdf = { rounds: 10_000, bytes: 80, hash: "sha256" };

/** Most derived keys that a password remembers: the same envelopes are opened at each remount. */
const mostRemembered = 1024;

const derived = promisify(pbkdf2);

/**
 * The password of a file as ansible reads it: white space around it does not count. Throws KeyProblem when nothing is
 * left, or when the file is itself a vault.
 */
export function parseVaultPassword(text: string, id: string, turns: Turns): VaultPassword {
  const password = text.trim();
  if (password === "") throw new KeyProblem("has a file without a password");
  if (password.startsWith("$ANSIBLE_VAULT")) {
    throw new KeyProblem("has a password file that is itself encrypted; configure the decrypted one");
  }
  const remembered = new BoundedMap<string, Uint8Array>(mostRemembered);
  return {
    id,
    async derive(salt, signal) {
      const name = createHash("sha256").update(salt).digest("base64");
      const known = remembered.get(name);
      if (known !== undefined) return known;
      const key = await turns(() => derived(password, salt, pbkdf.rounds, pbkdf.bytes, pbkdf.hash), signal);
      remembered.set(name, key);
      return key;
    },
  };
}
