import type { Keyring } from "../../keys/key-service.ts";
import { MountError } from "../../model/error.ts";
import { parseBase64 } from "../../text/base64.ts";

/** Key services that tokens may be of; the token itself does not say. */
export const serviceNames = ["aes", "pgp"] as const;

export type ServiceName = (typeof serviceNames)[number];

/** Opens the payload of one token; undefined, whatever the cause, when it cannot. */
export type OpenPayload = (payload: string) => Promise<Uint8Array | undefined>;

/** Who may open tokens for a namespace. Throws MountError `key_not_granted` or `key_unavailable`. */
export async function openerFor(
  service: ServiceName,
  keyring: Keyring,
  namespace: string,
  signal: AbortSignal,
): Promise<OpenPayload> {
  return service === "aes" ? aesOpener(keyring, namespace) : pgpOpener(keyring, namespace, signal);
}

/** `base64( hex(ciphertext and tag) ":" hex(nonce) )`, without additional data. Source: s5, providers/aes. */
async function aesOpener({ s5 }: Keyring, namespace: string): Promise<OpenPayload> {
  const { sources, keys, unavailable } = await s5.of(namespace);
  if (sources === 0) {
    throw new MountError(
      "key_not_granted",
      `no key for s5 tokens is granted to namespace ${namespace}; ` +
        `the operator must add ${namespace} to keys[].namespaces of a key of kind s5`,
    );
  }
  return (payload) => {
    const [sealed, nonce, ...more] = (parseBase64(payload)?.toString("latin1") ?? "").split(":").map(parseHex);
    if (sealed === undefined || nonce === undefined || more.length > 0) return Promise.resolve(undefined);
    for (const { key } of keys) {
      const plaintext = key.open(nonce, sealed);
      if (plaintext !== undefined) return Promise.resolve(plaintext);
    }
    if (unavailable !== undefined) return Promise.reject(unavailable);
    return Promise.resolve(undefined);
  };
}

/** Base64 of the binary message: the tool's own armored form is none that the tool itself could find again. */
function pgpOpener({ pgp }: Keyring, namespace: string, signal: AbortSignal): OpenPayload {
  return async (payload) => {
    const message = parseBase64(payload);
    if (message === undefined) return undefined;
    const result = await pgp.open(message, namespace, signal);
    if (result.kind === "unavailable") throw result.error;
    if (result.kind !== "closed") return result.kind === "opened" ? result.key.reveal() : undefined;
    throw new MountError(
      "key_not_granted",
      `no OpenPGP key granted to namespace ${namespace} opens the tokens; ` +
        `the operator must add ${namespace} to keys[].namespaces of such a key`,
    );
  };
}

function parseHex(text: string): Buffer | undefined {
  return text.length % 2 === 0 && /^[0-9A-Fa-f]+$/u.test(text) ? Buffer.from(text, "hex") : undefined;
}
