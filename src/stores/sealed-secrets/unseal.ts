import { createDecipheriv, createHash } from "node:crypto";
import { BoundedMap } from "../../model/bounded-map.ts";
import type { RsaKey } from "../../keys/rsa.ts";
import { parseBase64 } from "../../text/codecs/base64.ts";

/** The tag of AES-256-GCM, and the key that the RSA block holds. */
const length = { tag: 16, key: 32 };

/** Each session key is used once, so that the fixed nonce is sound. Source: sealed-secrets, pkg/crypto. */
const nonce = Buffer.alloc(12);

/** Most ciphertexts whose key is remembered. */
const mostRemembered = 4096;

/** Opens sealed texts; remembers which key opened which, so that the same text costs one attempt the next time. */
export interface Unsealer {
  /** The plaintext; undefined, whatever the cause, when none of the keys opens it under this label. */
  open(sealed: string, label: string, keys: readonly RsaKey[], signal: AbortSignal): Promise<Buffer | undefined>;
}

/** An unsealer with a memory of its own. It holds digests of ciphertexts and fingerprints, and no key. */
export function createUnsealer(): Unsealer {
  const worked = new BoundedMap<string, string>(mostRemembered);
  let latest = "";
  return {
    async open(sealed, label, keys, signal) {
      const parts = split(sealed);
      if (parts === undefined) return undefined;
      const name = createHash("sha256").update(sealed).digest("base64");
      for (const key of ordered(keys, worked.get(name) ?? latest)) {
        signal.throwIfAborted();
        const plaintext =
          key.modulusBytes === parts.block.length ? await openWith(key, parts, label, signal) : undefined;
        if (plaintext === undefined) continue;
        worked.set(name, key.fingerprint);
        latest = key.fingerprint;
        return plaintext;
      }
      return undefined;
    },
  };
}

interface Parts {
  readonly block: Buffer;
  readonly rest: Buffer;
}

/** Two bytes of length, the RSA block, the rest. */
function split(sealed: string): Parts | undefined {
  const bytes = parseBase64(sealed);
  if (bytes === undefined || bytes.length < 2) return undefined;
  const end = 2 + bytes.readUInt16BE(0);
  if (bytes.length < end + length.tag) return undefined;
  return { block: bytes.subarray(2, end), rest: bytes.subarray(end) };
}

/** The likely one first; the others as they were, newest first. */
function ordered(keys: readonly RsaKey[], likely: string): readonly RsaKey[] {
  return [...keys.filter((key) => key.fingerprint === likely), ...keys.filter((key) => key.fingerprint !== likely)];
}

async function openWith(key: RsaKey, parts: Parts, label: string, signal: AbortSignal): Promise<Buffer | undefined> {
  const sessionKey = await key.openOaep(parts.block, label, signal);
  if (sessionKey === undefined) return undefined;
  const plaintext = sessionKey.length === length.key ? openGcm(sessionKey, parts.rest) : undefined;
  sessionKey.fill(0);
  return plaintext;
}

function openGcm(sessionKey: Uint8Array, sealed: Buffer): Buffer | undefined {
  const decipher = createDecipheriv("aes-256-gcm", sessionKey, nonce, { authTagLength: length.tag });
  decipher.setAuthTag(sealed.subarray(sealed.length - length.tag));
  const opened = decipher.update(sealed.subarray(0, sealed.length - length.tag));
  try {
    return Buffer.concat([opened, decipher.final()]);
  } catch {
    opened.fill(0);
    return undefined;
  }
}
