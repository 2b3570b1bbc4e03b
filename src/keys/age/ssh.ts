import {
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  webcrypto,
} from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Identity } from "age-encryption";
import { KeyProblem } from "../material/file.ts";
import type { SshKey } from "./ssh-key.ts";

/** Labels of the age format (age-encryption.org/v1, SSH recipients as the reference program implements them). */
export const label = { rsa: "age-encryption.org/v1/ssh-rsa", ed25519: "age-encryption.org/v1/ssh-ed25519" };

/** DER before the 32 bytes of an X25519 private (PKCS #8) or public (SPKI) key, RFC 8410. */
const der = {
  private: Buffer.from("302e020100300506032b656e04220420", "hex"),
  public: Buffer.from("302a300506032b656e032100", "hex"),
};

interface Stanza {
  readonly args: readonly string[];
  readonly body: Uint8Array;
}

type Unwrap = (stanza: Stanza) => Promise<Uint8Array>;

/** An SSH key as an age identity: it looks only at stanzas that carry the tag of its public key. Throws KeyProblem. */
export async function createSshIdentity(key: SshKey): Promise<Identity> {
  const tag = createHash("sha256").update(key.wire).digest().subarray(0, 4).toString("base64").replace(/=+$/, "");
  const unwrap = key.type === "ssh-rsa" ? await createRsaUnwrap(key.jwk) : createEd25519Unwrap(key.seed, key.wire);
  return {
    async unwrapFileKey(stanzas) {
      const stanza = stanzas.find(({ args }) => args[0] === key.type && args[1] === tag);
      return stanza === undefined ? null : unwrap(stanza);
    },
  };
}

/** WebCrypto works on another thread: a 4096-bit key takes longer than this one may be held. */
async function createRsaUnwrap(jwk: webcrypto.JsonWebKey): Promise<Unwrap> {
  const algorithm = { name: "RSA-OAEP", hash: "SHA-256" };
  const key = await webcrypto.subtle.importKey("jwk", jwk, algorithm, false, ["decrypt"]).catch(() => {
    throw new KeyProblem("has a damaged OpenSSH key");
  });
  const oaep = { name: "RSA-OAEP", label: Buffer.from(label.rsa) };
  return async (stanza) => new Uint8Array(await webcrypto.subtle.decrypt(oaep, key, Uint8Array.from(stanza.body)));
}

function createEd25519Unwrap(seed: Buffer, wire: Buffer): Unwrap {
  const scalar = x25519Private(createHash("sha512").update(seed).digest().subarray(0, 32));
  const own = createPublicKey(scalar).export({ format: "der", type: "spki" }).subarray(-32);
  const tweak = x25519Private(derive(Buffer.alloc(0), wire));
  return async (stanza) => {
    const share = Buffer.from(stanza.args[2] ?? "", "base64");
    if (stanza.args.length !== 3 || share.length !== 32 || stanza.body.length !== 32)
      throw new Error("malformed stanza");
    const half = diffieHellman({ privateKey: scalar, publicKey: x25519Public(share) });
    const shared = diffieHellman({ privateKey: tweak, publicKey: x25519Public(half) });
    return Promise.resolve(openBody(derive(shared, Buffer.concat([share, own])), stanza.body));
  };
}

function openBody(key: Buffer, body: Uint8Array): Uint8Array {
  const decipher = createDecipheriv("chacha20-poly1305", key, Buffer.alloc(12), { authTagLength: 16 });
  decipher.setAuthTag(body.subarray(16));
  return Uint8Array.from(Buffer.concat([decipher.update(body.subarray(0, 16)), decipher.final()]));
}

/** HKDF with SHA-256 and the label of Ed25519 keys: 32 bytes. */
export function derive(input: Uint8Array, salt: Uint8Array): Buffer {
  return Buffer.from(hkdfSync("sha256", input, salt, label.ed25519, 32));
}

/** 32 bytes as a private key. */
export function x25519Private(raw: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([der.private, raw]), format: "der", type: "pkcs8" });
}

/** 32 bytes as a public key. */
export function x25519Public(raw: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([der.public, raw]), format: "der", type: "spki" });
}
