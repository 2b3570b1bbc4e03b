import type { webcrypto } from "node:crypto";
import { KeyProblem } from "../material/file.ts";

/** A private key out of the OpenSSH format; `wire` is its public key as SSH sends it. */
export type SshKey =
  | { readonly type: "ssh-ed25519"; readonly wire: Buffer; readonly seed: Buffer }
  | { readonly type: "ssh-rsa"; readonly wire: Buffer; readonly jwk: webcrypto.JsonWebKey };

const magic = "openssh-key-v1\0";

/** Parses the base64 between the first and last line of an OpenSSH private key (PROTOCOL.key). Throws KeyProblem. */
export function parseSshKey(base64: string): SshKey {
  const raw = Buffer.from(base64, "base64");
  if (raw.toString("base64") !== base64) throw new KeyProblem("has an OpenSSH key that is not valid base64");
  if (raw.toString("latin1", 0, magic.length) !== magic) throw new KeyProblem("has a damaged OpenSSH key");
  const outer = createReader(raw.subarray(magic.length));
  const cipher = outer.bytes().toString("latin1");
  outer.bytes();
  outer.bytes();
  if (cipher !== "none") throw new KeyProblem("is an SSH key with a passphrase; configure one without");
  if (outer.uint32() !== 1) throw new KeyProblem("has an OpenSSH file that does not hold exactly one key");
  const wire = Buffer.from(outer.bytes());
  const inner = createReader(outer.bytes());
  if (inner.uint32() !== inner.uint32()) throw new KeyProblem("has a damaged OpenSSH key");
  const type = inner.bytes().toString("latin1");
  if (type === "ssh-ed25519") return parseEd25519(inner, wire);
  if (type === "ssh-rsa") return parseRsa(inner, wire);
  throw new KeyProblem("is an SSH key of a type that age does not use; use ssh-ed25519 or ssh-rsa");
}

function parseEd25519(inner: Reader, wire: Buffer): SshKey {
  inner.bytes();
  const both = inner.bytes();
  if (both.length !== 64) throw new KeyProblem("has a damaged OpenSSH key");
  return { type: "ssh-ed25519", wire, seed: Buffer.from(both.subarray(0, 32)) };
}

function parseRsa(inner: Reader, wire: Buffer): SshKey {
  const [n, e, d, qi, p, q] = [
    inner.number(),
    inner.number(),
    inner.number(),
    inner.number(),
    inner.number(),
    inner.number(),
  ];
  if (p < 3n || q < 3n) throw new KeyProblem("has a damaged OpenSSH key");
  const parts = { n, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi };
  const texts = Object.entries(parts).map(([name, value]) => [name, base64url(value)] as const);
  return { type: "ssh-rsa", wire, jwk: { kty: "RSA", ...Object.fromEntries(texts) } };
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex").toString("base64url");
}

interface Reader {
  uint32(): number;
  bytes(): Buffer;
  /** An unsigned whole number. */
  number(): bigint;
}

function createReader(raw: Buffer): Reader {
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > raw.length) throw new KeyProblem("has a damaged OpenSSH key");
    at += length;
    return raw.subarray(at - length, at);
  };
  const uint32 = () => take(4).readUInt32BE();
  const bytes = () => take(uint32());
  return { uint32, bytes, number: () => BigInt(`0x0${bytes().toString("hex")}`) };
}
