import { createCipheriv, createHash, createHmac, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import { derTag, writeDer, writeNumber, writeOid } from "../codecs/der.ts";
import { derive, purpose } from "./pkcs12-key.ts";

/** What a key store is made of. */
export interface KeyStore {
  /** PKCS#8, DER; undefined for a store of trusted certificates alone. */
  readonly key: Uint8Array | undefined;
  /** X.509, DER; with a key the leaf first, then what signs it. */
  readonly certificates: readonly Uint8Array[];
  /** Name of the entry; trusted certificates are numbered behind it. */
  readonly alias: string;
  readonly password: string;
  /** 3DES and SHA-1 instead of AES-256, PBKDF2 and SHA-256: for readers before Java 8u301, Windows Server 2019, OpenSSL 1.1. */
  readonly legacy: boolean;
}

/** Rounds of key derivation: what Java writes, and what OpenSSL's older formats have. */
const rounds = { modern: 10_000, legacy: 2_048 } as const;

const oid = {
  data: "1.2.840.113549.1.7.1",
  encrypted: "1.2.840.113549.1.7.6",
  shroudedKey: "1.2.840.113549.1.12.10.1.2",
  certificate: "1.2.840.113549.1.12.10.1.3",
  x509: "1.2.840.113549.1.9.22.1",
  friendlyName: "1.2.840.113549.1.9.20",
  localKeyId: "1.2.840.113549.1.9.21",
  // Oracle's: without it Java does not take a certificate of a key store for trusted. Its value is any purpose.
  trustedKeyUsage: "2.16.840.1.113894.746875.1.1",
  anyPurpose: "2.5.29.37.0",
  pbes2: "1.2.840.113549.1.5.13",
  pbkdf2: "1.2.840.113549.1.5.12",
  hmacSha256: "1.2.840.113549.2.9",
  aes256: "2.16.840.1.101.3.4.1.42",
  sha3des: "1.2.840.113549.1.12.1.3",
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
} as const;

const sequence = (...parts: readonly Uint8Array[]) => writeDer(derTag.sequence, ...parts);
const octets = (bytes: Uint8Array) => writeDer(derTag.octets, bytes);
const inContext = (...parts: readonly Uint8Array[]) => writeDer(derTag.contextConstructed, ...parts);
const nothing = writeDer(derTag.null);

/** Of an attribute name in UTF-16, big end first. */
const bmpString = 0x1e;

/**
 * A PKCS#12 key store (RFC 7292). The same input gives the same bytes: salts come out of a hash that is keyed with the
 * private key, which nobody has without the password. A store without a private key holds nothing secret, and its salts
 * depend on the certificates alone. Written with Node's own ciphers and the DER writer that is there: node-forge has no
 * elliptic curves and SHA-1 only, pkijs writes no legacy form and takes its salts from a global.
 */
export async function writePkcs12(store: KeyStore, signal: AbortSignal): Promise<Buffer> {
  const sealing = { store, random: saltsOf(store), password: passwordBytes(store.password), signal };
  const { key, certificates, alias } = store;
  const id = createHash("sha1")
    .update(certificates[0] ?? "")
    .digest();
  const bags = certificates.map((certificate, at) => {
    if (key === undefined) return certificateBag(certificate, [named(`${alias}-${at + 1}`), trusted]);
    return certificateBag(certificate, at === 0 ? [named(alias), belongsTo(id)] : []);
  });
  const contents = [await sealedContent(sequence(...bags), sealing)];
  if (key !== undefined) {
    const sealed = await seal(key, "key", sealing);
    const shrouded = sequence(sealed.algorithm, octets(sealed.ciphertext));
    contents.push(dataContent(sequence(bag(oid.shroudedKey, shrouded, [named(alias), belongsTo(id)]))));
  }
  const safe = sequence(...contents);
  return sequence(writeNumber(3), dataContent(safe), await macOf(safe, sealing));
}

/** What sealing goes along with. */
interface Sealing {
  readonly store: KeyStore;
  /** As the format's own derivation takes it. */
  readonly password: Buffer;
  readonly random: (use: string, count: number) => Buffer;
  readonly signal: AbortSignal;
}

function saltsOf({ key, certificates, password, legacy }: KeyStore): Sealing["random"] {
  const content = createHash("sha256").update(legacy ? "legacy" : "modern");
  for (const certificate of certificates) content.update(createHash("sha256").update(certificate).digest());
  if (key !== undefined) content.update(password, "utf8");
  const digest = content.digest();
  return (use, count) =>
    createHmac("sha256", key ?? "trust store")
      .update(`keyferry pkcs12 ${use}`)
      .update(digest)
      .digest()
      .subarray(0, count);
}

async function sealedContent(content: Buffer, sealing: Sealing): Promise<Buffer> {
  const { algorithm, ciphertext } = await seal(content, "certificates", sealing);
  const info = sequence(writeOid(oid.data), algorithm, writeDer(derTag.context, ciphertext));
  return sequence(writeOid(oid.encrypted), inContext(sequence(writeNumber(0), info)));
}

function dataContent(content: Uint8Array): Buffer {
  return sequence(writeOid(oid.data), inContext(octets(content)));
}

async function seal(
  content: Uint8Array,
  use: string,
  { store, random, password, signal }: Sealing,
): Promise<{ readonly algorithm: Buffer; readonly ciphertext: Buffer }> {
  if (store.legacy) {
    const salt = random(`${use} salt`, 8);
    const derivation = { digest: "sha1", password, salt, iterations: rounds.legacy } as const;
    const key = await derive(derivation, purpose.key, 24, signal);
    const iv = await derive(derivation, purpose.iv, 8, signal);
    const algorithm = sequence(writeOid(oid.sha3des), sequence(octets(salt), writeNumber(rounds.legacy)));
    return { algorithm, ciphertext: encrypt("des-ede3-cbc", key, iv, content) };
  }
  const salt = random(`${use} salt`, 16);
  const iv = random(`${use} iv`, 16);
  const key = await promisify(pbkdf2)(store.password, salt, rounds.modern, 32, "sha256");
  const derivation = sequence(octets(salt), writeNumber(rounds.modern), sequence(writeOid(oid.hmacSha256), nothing));
  const parameters = sequence(sequence(writeOid(oid.pbkdf2), derivation), sequence(writeOid(oid.aes256), octets(iv)));
  return { algorithm: sequence(writeOid(oid.pbes2), parameters), ciphertext: encrypt("aes-256-cbc", key, iv, content) };
}

function encrypt(name: string, key: Uint8Array, iv: Uint8Array, content: Uint8Array): Buffer {
  const cipher = createCipheriv(name, key, iv);
  return Buffer.concat([cipher.update(content), cipher.final()]);
}

async function macOf(safe: Buffer, { store, random, password, signal }: Sealing): Promise<Buffer> {
  const digest = store.legacy ? "sha1" : "sha256";
  const iterations = store.legacy ? rounds.legacy : rounds.modern;
  const salt = random("mac salt", store.legacy ? 8 : 16);
  const key = await derive({ digest, password, salt, iterations }, purpose.mac, store.legacy ? 20 : 32, signal);
  const mac = createHmac(digest, key).update(safe).digest();
  return sequence(
    sequence(sequence(writeOid(oid[digest]), nothing), octets(mac)),
    octets(salt),
    writeNumber(iterations),
  );
}

function certificateBag(certificate: Uint8Array, attributes: readonly Buffer[]): Buffer {
  return bag(oid.certificate, sequence(writeOid(oid.x509), inContext(octets(certificate))), attributes);
}

function bag(kind: string, value: Buffer, attributes: readonly Buffer[]): Buffer {
  const parts = [writeOid(kind), inContext(value)];
  return sequence(...parts, ...(attributes.length === 0 ? [] : [setOf(attributes)]));
}

/** DER sorts the members of a set. */
function setOf(members: readonly Buffer[]): Buffer {
  return writeDer(derTag.set, ...[...members].sort((one, other) => Buffer.compare(one, other)));
}

function attribute(kind: string, value: Buffer): Buffer {
  return sequence(writeOid(kind), setOf([value]));
}

function named(alias: string): Buffer {
  return attribute(oid.friendlyName, writeDer(bmpString, Buffer.from(alias, "utf16le").swap16()));
}

function belongsTo(id: Buffer): Buffer {
  return attribute(oid.localKeyId, octets(id));
}

const trusted = attribute(oid.trustedKeyUsage, writeOid(oid.anyPurpose));

/** UTF-16, big end first, with two zero bytes behind it. */
function passwordBytes(password: string): Buffer {
  return Buffer.from(`${password}\0`, "utf16le").swap16();
}
