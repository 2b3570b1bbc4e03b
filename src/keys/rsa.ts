import { constants, createHash, createPublicKey, privateDecrypt, webcrypto } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Turns } from "./turns.ts";

/** An RSA private key that opens what was encrypted for it. */
export interface RsaKey {
  /** `SHA256:` and the unpadded base64 digest of the public key as SSH sends it: the form that kubeseal shows. */
  readonly fingerprint: string;
  /** Length of everything that the key encrypts. */
  readonly modulusBytes: number;
  /** Milliseconds since 1970 from which its certificate holds; 0 without a certificate. */
  readonly notBefore: number;
  /**
   * RSA-OAEP with SHA-256 for hash and MGF1 (RFC 8017), on another thread. Undefined when the block was not encrypted
   * with this key and label. Rejects only with the signal's reason.
   */
  openOaep(block: Uint8Array, label: string, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /**
   * The bare RSA operation, on this thread: the padding is in the result. Undefined when the block is not as long as
   * the modulus and below it.
   */
  openBare(block: Uint8Array): Uint8Array | undefined;
}

/** A private key as the stores use it; `turns` bounds how many operations run at once. */
export function createRsaKey(key: KeyObject, notBefore: number, turns: Turns): RsaKey {
  const oaep = key.toCryptoKey({ name: "RSA-OAEP", hash: "SHA-256" }, false, ["decrypt"]);
  const modulusBytes = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
  return {
    fingerprint: fingerprintOf(createPublicKey(key)),
    modulusBytes,
    notBefore,
    async openOaep(block, label, signal) {
      const algorithm = { name: "RSA-OAEP", label: Buffer.from(label, "utf8") };
      const work = () => webcrypto.subtle.decrypt(algorithm, oaep, block).catch(() => undefined);
      const opened = await turns(work, signal);
      return opened === undefined ? undefined : new Uint8Array(opened);
    },
    openBare(block) {
      try {
        if (block.length !== modulusBytes) return undefined;
        return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, block);
      } catch {
        return undefined;
      }
    },
  };
}

/** The fingerprint of a public key. */
export function fingerprintOf(key: KeyObject): string {
  const { e = "", n = "" } = key.export({ format: "jwk" });
  const parts = [Buffer.from("ssh-rsa"), mpint(e), mpint(n)];
  const wire = parts.flatMap((part) => [uint32(part.length), part]);
  const digest = createHash("sha256").update(Buffer.concat(wire)).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}

/** An unsigned number as SSH sends it (RFC 4251): a zero in front where the first bit is set. */
function mpint(base64url: string): Buffer {
  const raw = Buffer.from(base64url, "base64url");
  return (raw[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), raw]) : raw;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
