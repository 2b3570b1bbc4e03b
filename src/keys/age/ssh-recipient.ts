import {
  createCipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  publicEncrypt,
  constants,
} from "node:crypto";
import type { Recipient } from "age-encryption";
import { derive, label, x25519Private, x25519Public } from "./ssh.ts";

/** The field that Curve25519 is defined over. */
const prime = 2n ** 255n - 19n;

/** Parts of a stanza: its arguments behind the arrow, and its body. */
interface Parts {
  readonly args: readonly string[];
  readonly body: Uint8Array;
}

/**
 * An SSH public key, `ssh-ed25519 AAAA…` or `ssh-rsa AAAA…` as it stands in `authorized_keys`, as an age recipient.
 * Undefined when it is neither of these, or not whole.
 */
export async function createSshRecipient(text: string): Promise<Recipient | undefined> {
  const [type = "", base64 = ""] = text.trim().split(/[ \t]+/u);
  const wire = Buffer.from(base64, "base64");
  const fields = wire.toString("base64") === base64 ? wireFields(wire) : undefined;
  if (fields?.[0]?.toString("latin1") !== type) return undefined;
  const wrap = type === "ssh-ed25519" ? ed25519Wrap(fields, wire) : type === "ssh-rsa" ? rsaWrap(fields) : undefined;
  if (wrap === undefined) return undefined;
  const tag = createHash("sha256").update(wire).digest().subarray(0, 4).toString("base64").replace(/=+$/u, "");
  const { Stanza } = await import("age-encryption");
  return {
    wrapFileKey(fileKey) {
      const { args, body } = wrap(fileKey);
      return [new Stanza([type, tag, ...args], body)];
    },
  };
}

/** The length-prefixed fields of a public key as SSH sends it; undefined when they do not fill it. */
function wireFields(wire: Buffer): readonly Buffer[] | undefined {
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= wire.length && fields.length < 4) {
    const end = at + 4 + wire.readUInt32BE(at);
    if (end > wire.length) return undefined;
    fields.push(wire.subarray(at + 4, end));
    at = end;
  }
  return at === wire.length ? fields : undefined;
}

function rsaWrap([, e, n, more]: readonly Buffer[]): ((fileKey: Uint8Array) => Parts) | undefined {
  if (e === undefined || n === undefined || more !== undefined) return undefined;
  const bare = n[0] === 0 ? n.subarray(1) : n;
  // The reference program refuses keys below this length.
  if (bare.length < 2048 / 8 || bare.length > 8192 / 8) return undefined;
  const jwk = { kty: "RSA", e: e.toString("base64url"), n: bare.toString("base64url") };
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256", oaepLabel: Buffer.from(label.rsa) };
  return (fileKey) => ({ args: [], body: Uint8Array.from(publicEncrypt({ key, ...padding }, fileKey)) });
}

function ed25519Wrap([, point, more]: readonly Buffer[], wire: Buffer): ((fileKey: Uint8Array) => Parts) | undefined {
  if (point?.length !== 32 || more !== undefined) return undefined;
  const theirs = montgomery(point);
  if (theirs === undefined) return undefined;
  return (fileKey) => {
    const ephemeral = generateKeyPairSync("x25519");
    const share = ephemeral.publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    const half = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: x25519Public(theirs) });
    const shared = tweaked(half, wire);
    const cipher = createCipheriv(
      "chacha20-poly1305",
      derive(shared, Buffer.concat([share, theirs])),
      Buffer.alloc(12),
      {
        authTagLength: 16,
      },
    );
    const sealed = Buffer.concat([cipher.update(fileKey), cipher.final()]);
    const body = Uint8Array.from(Buffer.concat([sealed, cipher.getAuthTag()]));
    return { args: [share.toString("base64").replace(/=+$/u, "")], body };
  };
}

/** The shared point times a scalar derived from the SSH key, which binds the whole key and not its X25519 half only. */
function tweaked(half: Buffer, wire: Buffer): Buffer {
  return diffieHellman({ privateKey: x25519Private(derive(Buffer.alloc(0), wire)), publicKey: x25519Public(half) });
}

/** The X25519 public key of an Ed25519 one: u = (1 + y) / (1 - y), RFC 7748 section 4.1. Undefined for no such point. */
function montgomery(point: Buffer): Buffer | undefined {
  const y = BigInt(`0x${Buffer.from(point).reverse().toString("hex")}`) & (2n ** 255n - 1n);
  if (y >= prime || y === 1n) return undefined;
  const u = (((1n + y) % prime) * power((1n - y + prime) % prime, prime - 2n)) % prime;
  return Buffer.from(u.toString(16).padStart(64, "0"), "hex").reverse();
}

function power(base: bigint, exponent: bigint): bigint {
  let [result, factor] = [1n, base % prime];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * factor) % prime;
    factor = (factor * factor) % prime;
  }
  return result;
}
