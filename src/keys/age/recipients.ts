import { createSshRecipient } from "./ssh-recipient.ts";

/** Somebody whom a key can be wrapped for. */
export interface AgeRecipient {
  /** As it was given: `age1…` or an SSH public key. */
  readonly text: string;
  /** The key as an armored age file for this recipient alone. */
  wrap(key: Uint8Array): Promise<string>;
}

/**
 * A recipient: X25519 or post-quantum (`age1…`, `age1pq1…`), or an SSH public key of type ed25519 or RSA. Undefined for
 * anything else, recipients of age plugins among it.
 */
export async function parseAgeRecipient(given: string): Promise<AgeRecipient | undefined> {
  const text = given.trim();
  const recipient = text.startsWith("ssh-") ? await createSshRecipient(text) : text;
  if (recipient === undefined) return undefined;
  const { armor, Encrypter } = await import("age-encryption");
  try {
    new Encrypter().addRecipient(recipient);
  } catch {
    return undefined;
  }
  return {
    text,
    async wrap(key) {
      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      const armored = armor.encode(await encrypter.encrypt(key));
      return armored.endsWith("\n") ? armored : `${armored}\n`;
    },
  };
}
