import { createHmac, timingSafeEqual } from "node:crypto";
import { derNumber, derTag, insideDer, oidText, parseDer, type DerValue } from "../codecs/der.ts";
import { MountError } from "../../model/error.ts";
import { isBounded, openEncrypted } from "./pkcs12-cipher.ts";
import type { Rounds } from "./rounds.ts";
import { derive, purpose, type DigestName } from "./pkcs12-key.ts";

/** What a key store held, in the order in which it stands there. */
export interface OpenedPfx {
  /** PKCS#8, DER. */
  readonly keys: readonly Buffer[];
  /** X.509, DER. */
  readonly certificates: readonly Buffer[];
}

const contentType = { data: "1.2.840.113549.1.7.1", encrypted: "1.2.840.113549.1.7.6" };

const bag = {
  key: "1.2.840.113549.1.12.10.1.1",
  shroudedKey: "1.2.840.113549.1.12.10.1.2",
  certificate: "1.2.840.113549.1.12.10.1.3",
  bags: "1.2.840.113549.1.12.10.1.6",
};

const x509 = "1.2.840.113549.1.9.22.1";

const digestNames: Readonly<Record<string, DigestName>> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/**
 * The two ways in which programs encode the empty password: with the two zero bytes that end every text, and as
 * nothing at all (Key Vault does this).
 */
const emptyPasswords = [Buffer.alloc(2), Buffer.alloc(0)];

/** Most bags in one key store, and levels of bags in bags. */
const most = { bags: 200, depth: 4 };

/**
 * Opens a key store (PKCS#12, RFC 7292) that has no password. Throws `object_unusable`, and `budget_exceeded` for more
 * rounds of key derivation than are left; rejects with the signal's
 * reason when it aborts. Work that takes longer leaves the thread to others in between.
 */
export async function openPfx(bytes: Buffer, rounds: Rounds, signal: AbortSignal): Promise<OpenedPfx> {
  const [, authSafe, macValue] = insideDer(single(bytes), derTag.sequence);
  const safe = dataOf(authSafe);
  if (safe === undefined) throw unusable("it is not a key store that can be read (PKCS#12)");
  const password = await passwordOf(safe, macValue, rounds, signal);
  const opened = { keys: [] as Buffer[], certificates: [] as Buffer[], bags: 0 };
  for (const content of insideDer(single(safe), derTag.sequence)) {
    const contents = dataOf(content) ?? (await openContent(content, password, rounds, signal));
    await takeBags(insideDer(single(contents), derTag.sequence), { opened, password, rounds, signal }, 0);
  }
  if (opened.keys.length === 0 && opened.certificates.length === 0) throw unusable("the key store is empty");
  return opened;
}

/** The password's encoding under which the key store is whole; without a check of it, the more usual one. */
async function passwordOf(
  safe: Buffer,
  macValue: DerValue | undefined,
  budget: Rounds,
  signal: AbortSignal,
): Promise<Buffer> {
  const [usual = Buffer.alloc(2)] = emptyPasswords;
  if (macValue === undefined) return usual;
  const [digestInfo, salt, rounds] = insideDer(macValue, derTag.sequence);
  const [algorithm, expected] = insideDer(digestInfo, derTag.sequence);
  const [name] = insideDer(algorithm, derTag.sequence);
  const digest = digestNames[oidText(name)];
  const iterations = rounds === undefined ? 1 : derNumber(rounds);
  if (
    digest === undefined ||
    salt?.tag !== derTag.octets ||
    expected?.tag !== derTag.octets ||
    !isBounded(iterations)
  ) {
    throw unusable("its integrity check uses an algorithm that is not supported");
  }
  for (const password of emptyPasswords) {
    const derivation = { digest, password, salt: salt.content, iterations };
    budget.spend(iterations * Math.ceil(expected.content.length / 20));
    const key = await derive(derivation, purpose.mac, expected.content.length, signal);
    const actual = createHmac(digest, key).update(safe).digest();
    if (actual.length === expected.content.length && timingSafeEqual(actual, expected.content)) return password;
  }
  throw unusable("it has a password, or was damaged; store the certificate again without one");
}

interface Taking {
  readonly opened: { readonly keys: Buffer[]; readonly certificates: Buffer[]; bags: number };
  readonly password: Buffer;
  readonly rounds: Rounds;
  readonly signal: AbortSignal;
}

async function takeBags(bags: readonly DerValue[], taking: Taking, depth: number): Promise<void> {
  const { opened, password, rounds, signal } = taking;
  for (const one of bags) {
    opened.bags += 1;
    if (opened.bags > most.bags || depth > most.depth) throw unusable("it holds too many entries");
    const [name, wrapped] = insideDer(one, derTag.sequence);
    const [value] = insideDer(wrapped, derTag.contextConstructed);
    const kind = oidText(name);
    if (kind === bag.key && wrapped !== undefined) opened.keys.push(wrapped.content);
    else if (kind === bag.shroudedKey) opened.keys.push(await openKey(value, password, rounds, signal));
    else if (kind === bag.certificate) opened.certificates.push(...certificateIn(value));
    else if (kind === bag.bags) await takeBags(insideDer(value, derTag.sequence), taking, depth + 1);
  }
}

async function openKey(
  value: DerValue | undefined,
  password: Buffer,
  rounds: Rounds,
  signal: AbortSignal,
): Promise<Buffer> {
  const [algorithm, ciphertext] = insideDer(value, derTag.sequence);
  if (ciphertext?.tag !== derTag.octets) throw unusable("it holds a key that cannot be read");
  const opened = await openEncrypted(algorithm, ciphertext.content, { password, rounds, signal });
  if (opened === undefined) throw unusable("its key is encrypted in a way that is not supported");
  return opened;
}

/** `EncryptedData`: version, then content type, algorithm and the ciphertext. */
async function openContent(content: DerValue, password: Buffer, rounds: Rounds, signal: AbortSignal): Promise<Buffer> {
  const [type, wrapped] = insideDer(content, derTag.sequence);
  const [encryptedData] = insideDer(wrapped, derTag.contextConstructed);
  const [, info] = insideDer(encryptedData, derTag.sequence);
  const [, algorithm, ciphertext] = insideDer(info, derTag.sequence);
  if (oidText(type) !== contentType.encrypted || ciphertext?.tag !== derTag.context) {
    throw unusable("it holds a part of a kind that is not supported");
  }
  const opened = await openEncrypted(algorithm, ciphertext.content, { password, rounds, signal });
  if (opened === undefined) throw unusable("a part of it is encrypted in a way that is not supported");
  return opened;
}

/** The octets of a `ContentInfo` of plain data. */
function dataOf(content: DerValue | undefined): Buffer | undefined {
  const [type, wrapped] = insideDer(content, derTag.sequence);
  const [octets] = insideDer(wrapped, derTag.contextConstructed);
  return oidText(type) === contentType.data && octets?.tag === derTag.octets ? octets.content : undefined;
}

function certificateIn(value: DerValue | undefined): readonly Buffer[] {
  const [type, wrapped] = insideDer(value, derTag.sequence);
  const [octets] = insideDer(wrapped, derTag.contextConstructed);
  return oidText(type) === x509 && octets?.tag === derTag.octets ? [octets.content] : [];
}

function single(bytes: Buffer): DerValue | undefined {
  const values = parseDer(bytes) ?? [];
  return values.length === 1 ? values[0] : undefined;
}

function unusable(problem: string): MountError {
  return new MountError("object_unusable", `the certificate's key store (PFX) cannot be used: ${problem}`);
}
