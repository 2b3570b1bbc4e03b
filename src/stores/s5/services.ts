import type { KeyUse } from "../../keys/key-service.ts";
import type { Keyring } from "../../keys/contract.ts";
import { openEach, type OpenedEach } from "../../keys/open-each.ts";
import { MountError } from "../../model/error.ts";
import { parseBase64 } from "../../text/codecs/base64.ts";
import { keyNotGranted } from "../../keys/not-granted.ts";

/** Key services that tokens may be of; the token itself does not say. */
export const serviceNames = ["aes", "pgp", "vault", "aws-kms", "gcp-kms"] as const;

export type ServiceName = (typeof serviceNames)[number];

/** Opens the payload of one token; undefined, whatever the cause, when it cannot. */
type OpenPayload = (payload: string) => Promise<Uint8Array | undefined>;

/** How the tokens of one document are opened, and for whom. */
export interface S5Use extends KeyUse {
  readonly service: ServiceName;
  /** Name of the transit key, ARN or resource name of the key in KMS; empty for keys in files. */
  readonly keyName: string;
}

/**
 * Opens every token that the namespace's keys open; several of Vault transit in one request. Throws MountError
 * `key_not_granted`, `key_unavailable`, or as the service that failed; rejects with the signal's reason.
 */
export async function openTokens<T extends { readonly payload: string }>(
  tokens: readonly T[],
  keyring: Keyring,
  use: S5Use,
): Promise<OpenedEach<T, Uint8Array>> {
  if (use.service === "vault") return openTransit(tokens, keyring, use);
  const open = await openerFor(keyring, use);
  return openEach(tokens, ({ payload }) => open(payload), use.signal);
}

/** Services that open one ciphertext in a request, and what the documents of SOPS call them. */
const kmsKinds = { "aws-kms": "kms", "gcp-kms": "gcp_kms" } as const;

async function openerFor(keyring: Keyring, use: S5Use): Promise<OpenPayload> {
  const { service, pod, signal } = use;
  if (service === "aws-kms" || service === "gcp-kms") return kmsOpener(keyring, kmsKinds[service], use);
  return service === "aes" ? aesOpener(keyring, pod.namespace) : pgpOpener(keyring, pod.namespace, signal);
}

/** The key is the one that the object names, although the ciphertext could tell: no other key's is opened. */
function kmsOpener(keyring: Keyring, kind: string, use: S5Use): OpenPayload {
  const { namespace } = use.pod;
  const nothing = new Map<string, string>();
  return async (enc) => {
    const wrapped = { kind, id: use.keyName, enc, fields: nothing, context: nothing };
    const result = await keyring.service(kind)?.unwrap(wrapped, use);
    if (result?.kind === "unavailable") throw result.error;
    if (result?.kind === "opened") return result.key.reveal();
    if (result?.kind === "damaged") return undefined;
    throw new MountError(
      "key_not_granted",
      `no key source of ${kind} that names ${JSON.stringify(use.keyName)} is granted to namespace ${namespace}; the ` +
        `operator must add ${namespace} to keys[].namespaces of one that does`,
    );
  };
}

/** The tool leaves out `vault:v1:`; a token made after the key was rotated has its version. */
async function openTransit<T extends { readonly payload: string }>(
  tokens: readonly T[],
  keyring: Keyring,
  use: S5Use,
): Promise<OpenedEach<T, Uint8Array>> {
  const { namespace } = use.pod;
  const open = keyring.given("vault-transit").opener(use.keyName, namespace);
  if (open === undefined) {
    const [standing, which] = [keyring.standing(namespace), "of kind vault-transit that names it"];
    throw keyNotGranted({
      standing,
      namespace,
      purpose: `for the Vault transit key ${JSON.stringify(use.keyName)}`,
      which,
    });
  }
  const texts = tokens.map(({ payload }) => (payload.startsWith("vault:") ? payload : `vault:v1:${payload}`));
  const plaintexts = await open(texts, use);
  const opened = new Map<T, Uint8Array>();
  const failed: T[] = [];
  tokens.forEach((token, at) => {
    const plaintext = plaintexts[at];
    if (plaintext === undefined) failed.push(token);
    else opened.set(token, plaintext);
  });
  return { opened, failed };
}

/** `base64( hex(ciphertext and tag) ":" hex(nonce) )`, without additional data. Source: s5, providers/aes. */
async function aesOpener(keyring: Keyring, namespace: string): Promise<OpenPayload> {
  const { sources, keys, unavailable } = await keyring.given("s5").of(namespace);
  if (sources === 0) {
    const standing = keyring.standing(namespace);
    throw keyNotGranted({ standing, namespace, purpose: "for s5 tokens", which: "of kind s5" });
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
function pgpOpener(keyring: Keyring, namespace: string, signal: AbortSignal): OpenPayload {
  const pgp = keyring.given("pgp");
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
