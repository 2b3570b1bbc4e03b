import type { PrivateKey } from "openpgp";
import { job } from "../model/compute.ts";

/** Most recipients of one message, and most bytes of it, before and after decompression. */
const most = { recipients: 64, bytes: 1024 * 1024 };

/** A message, armored or binary, and keys that may open it, unlocked, as OpenPGP writes keys. */
export interface Opening {
  readonly message: string | Uint8Array;
  readonly keys: readonly Uint8Array[];
}

/** `closed`: none of the keys is a recipient. `damaged`: it is no message, or a key that is one refuses it. */
export type OpenedMessage =
  { readonly kind: "opened"; readonly bytes: Uint8Array } | { readonly kind: "closed" | "damaged" };

/** Opens a message that takes long to read: one of very many small packets. */
export const pgpJob = job<Opening, OpenedMessage>("pgp", "reading the PGP message");

/** Does the job. */
export async function openElsewhere({ message, keys }: Opening): Promise<OpenedMessage> {
  const { readPrivateKey } = await import("openpgp");
  return openMessage(message, await Promise.all(keys.map((binaryKey) => readPrivateKey({ binaryKey }))));
}

/** The recipients are compared first, so that "not for us" and "broken" are told apart without trying. */
export async function openMessage(content: string | Uint8Array, keys: readonly PrivateKey[]): Promise<OpenedMessage> {
  if (content.length > most.bytes) return { kind: "damaged" };
  const { readMessage, decrypt } = await import("openpgp");
  try {
    const message = await (typeof content === "string"
      ? readMessage({ armoredMessage: unindented(content) })
      : readMessage({ binaryMessage: content }));
    const recipients = message.getEncryptionKeyIDs();
    if (recipients.length > most.recipients) return { kind: "damaged" };
    const fitting = keys.filter((key) => recipients.some((id) => isHidden(id.toHex()) || key.getKeys(id).length > 0));
    if (fitting.length === 0) return { kind: "closed" };
    const config = { maxDecompressedMessageSize: most.bytes };
    const opened = await decrypt({ message, decryptionKeys: fitting, format: "binary", config });
    const bytes: unknown = opened.data;
    return bytes instanceof Uint8Array && bytes.length > 0 ? { kind: "opened", bytes } : { kind: "damaged" };
  } catch {
    return { kind: "damaged" };
  }
}

/** A message for a recipient that it does not name. */
function isHidden(id: string): boolean {
  return /^0+$/u.test(id);
}

/** Text pasted into a manifest may keep its indentation. */
function unindented(armored: string): string {
  return armored
    .split("\n")
    .map((line) => line.trim())
    .join("\n");
}
