import { createDecipheriv, randomBytes } from "node:crypto";
import type { RsaKey } from "../../keys/rsa.ts";
import { derTag, parseDer, type DerValue } from "../../text/codecs/der.ts";

/** An encrypted message (CMS EnvelopedData, RFC 5652) as far as it is needed to open it. */
export interface EnvelopedMessage {
  /** The content key as RSA encrypted it, once for each recipient. */
  readonly wrapped: readonly Buffer[];
  readonly cipher: string;
  readonly keyBytes: number;
  readonly iv: Buffer;
  readonly content: Buffer;
}

/** Object identifiers, as the bytes that follow their tag, in hexadecimal. */
const oid = { envelopedData: "2a864886f70d010703", data: "2a864886f70d010701", rsaEncryption: "2a864886f70d010101" };

/** Content ciphers that are accepted, all with blocks of 16 bytes. 3DES, of very old tools, is not. */
const ciphers: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  "608648016503040102": { name: "aes-128-cbc", keyBytes: 16 },
  "608648016503040116": { name: "aes-192-cbc", keyBytes: 24 },
  "60864801650304012a": { name: "aes-256-cbc", keyBytes: 32 },
};

const blockBytes = 16;

/** Most recipients of one message. */
const mostRecipients = 16;

/** Parses a message; undefined for anything else than one of recipients with RSA keys and an accepted cipher. */
export function parseEnveloped(bytes: Buffer): EnvelopedMessage | undefined {
  const [type, explicit] = sequence(single(bytes, derTag.sequence), [derTag.oid, derTag.contextConstructed]);
  if (hex(type) !== oid.envelopedData || explicit === undefined) return undefined;
  const inner = single(explicit.content, derTag.sequence);
  const [, recipients, info] = sequence(inner, [derTag.integer, derTag.set, derTag.sequence]);
  const wrapped = recipients === undefined ? undefined : wrappedKeys(recipients);
  const [contentType, algorithm, content] = (info === undefined ? undefined : parseDer(info.content)) ?? [];
  const encrypted = content === undefined ? undefined : octetsOf(content);
  const [name, iv] = sequence(algorithm, [derTag.oid, derTag.octets]);
  const cipher = ciphers[hex(name)];
  if (hex(contentType) !== oid.data || wrapped === undefined || encrypted === undefined || cipher === undefined) {
    return undefined;
  }
  const whole = encrypted.length > 0 && encrypted.length % blockBytes === 0 && iv?.content.length === blockBytes;
  if (!whole) return undefined;
  return { wrapped, cipher: cipher.name, keyBytes: cipher.keyBytes, iv: iv.content, content: encrypted };
}

/**
 * The plaintext; undefined, whatever the cause. A key that does not fit is replaced by a random one and the work goes
 * on, so that neither text nor time tells where it went wrong: without this, whoever can see mount errors could open
 * any message by asking often enough (Bleichenbacher's and Vaudenay's attacks).
 */
export function openEnveloped(message: EnvelopedMessage, keys: readonly RsaKey[]): Buffer | undefined {
  for (const key of keys) {
    for (const block of message.wrapped.filter((one) => one.length === key.modulusBytes)) {
      const { fits, contentKey } = contentKeyOf(key.openBare(block), message.keyBytes);
      const plaintext = openContent(message, contentKey);
      contentKey.fill(0);
      if (fits && plaintext !== undefined) return plaintext;
    }
  }
  return undefined;
}

/** Recipients of the RSA kind (version 0, issuer and serial number, which say nothing here). */
function wrappedKeys(recipients: DerValue): readonly Buffer[] | undefined {
  const infos = parseDer(recipients.content);
  if (infos === undefined || infos.length === 0 || infos.length > mostRecipients) return undefined;
  const blocks = infos.flatMap((info): readonly Buffer[] => {
    const [, , algorithm, block] = sequence(info, [derTag.integer, derTag.sequence, derTag.sequence, derTag.octets]);
    const name = algorithm === undefined ? undefined : parseDer(algorithm.content)?.[0];
    return hex(name) === oid.rsaEncryption && block !== undefined ? [block.content] : [];
  });
  return blocks.length === 0 ? undefined : blocks;
}

/** `00 02`, at least eight bytes that are not zero, `00`, the key: looked at without a branch on its bytes. */
function contentKeyOf(padded: Uint8Array | undefined, keyBytes: number): { fits: boolean; contentKey: Buffer } {
  const random = randomBytes(keyBytes);
  if (padded === undefined || padded.length < keyBytes + 11) return { fits: false, contentKey: random };
  const end = padded.length - keyBytes;
  let wrong = (padded[0] ?? 0) | ((padded[1] ?? 0) ^ 2) | (padded[end - 1] ?? 0);
  for (let at = 2; at < end - 1; at += 1) wrong |= (((padded[at] ?? 0) - 1) >> 8) & 1;
  const mask = ((wrong - 1) >> 31) & 0xff;
  const contentKey = random.map((byte, at) => (byte & ~mask) | ((padded[end + at] ?? 0) & mask));
  return { fits: mask === 0xff, contentKey: Buffer.from(contentKey) };
}

/** CBC without OpenSSL's own check of the padding, which would tell by an exception. */
function openContent({ cipher, iv, content }: EnvelopedMessage, contentKey: Buffer): Buffer | undefined {
  const decipher = createDecipheriv(cipher, contentKey, iv).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(content), decipher.final()]);
  const count = padded.at(-1) ?? 0;
  let wrong = (count - 1) >> 8;
  wrong |= (blockBytes - count) >> 8;
  for (let back = 1; back <= blockBytes; back += 1) {
    const counted = (back - 1 - count) >> 8;
    wrong |= counted & ((padded[padded.length - back] ?? 0) ^ count);
  }
  return wrong === 0 ? padded.subarray(0, padded.length - count) : undefined;
}

/** The one value that the bytes are, of this tag. */
function single(bytes: Buffer, tag: number): DerValue | undefined {
  const [value, ...more] = parseDer(bytes) ?? [];
  return value?.tag === tag && more.length === 0 ? value : undefined;
}

/** The values of a sequence, if there are exactly these. */
function sequence(value: DerValue | undefined, tags: readonly number[]): readonly (DerValue | undefined)[] {
  const values = value?.tag === derTag.sequence ? (parseDer(value.content) ?? []) : [];
  return values.length === tags.length && values.every(({ tag }, at) => tag === tags[at]) ? values : [];
}

/** An implicit octet string; streaming writers divide it into pieces. */
function octetsOf({ tag, content }: DerValue): Buffer | undefined {
  if (tag === derTag.context) return content;
  const pieces = tag === derTag.contextConstructed ? parseDer(content) : undefined;
  if (pieces?.every((piece) => piece.tag === derTag.octets) !== true) return undefined;
  return Buffer.concat(pieces.map((piece) => piece.content));
}

function hex(value: DerValue | undefined): string {
  return value?.content.toString("hex") ?? "";
}
