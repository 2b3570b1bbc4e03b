import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { invalid, shownKey } from "./budget.ts";
import { formats, type FormatName } from "./formats/index.ts";
import { leavesOf, withValues, type Leaf } from "./leaves.ts";
import { limits } from "./limits.ts";
import type { Entry, MapNode, Node, Scalar } from "./node.ts";
import { wholeSeconds } from "./time.ts";
import { valueBytes } from "./value-bytes.ts";
import { createZone, type RuleField } from "./zone.ts";

/** Whom a document is encrypted for. */
export interface SealRecipient {
  readonly text: string;
  wrap(key: Uint8Array): Promise<string>;
}

/** How a document is encrypted. */
export interface Sealing {
  readonly format: FormatName;
  /** Never empty. */
  readonly recipients: readonly SealRecipient[];
  /** Which values are encrypted; all but those below a key that ends in `_unencrypted` where it is left out. */
  readonly rule?: { readonly field: RuleField; readonly text: string };
  readonly macOnlyEncrypted?: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Bytes of a data key, and of the nonces that the original program writes. */
const keyBytes = 32;

/** The release of the original program whose documents these are like. */
const version = "3.11.0";

/** Start of the digest where only encrypted values enter it. */
const macOnlyStart = createHash("sha256").update("sops").digest();

/**
 * Encrypts a plain text as the original program would: a new data key, each value bound to its place, the digest over
 * all of them bound to the time. Comments are left out. Throws MountError `document_invalid` for what cannot be
 * encrypted: broken, already encrypted, with a key of the metadata's own name, too large.
 */
export async function sealText(plain: Uint8Array, sealing: Sealing): Promise<Uint8Array> {
  const documents = plainDocuments(plain, sealing.format);
  const rule = sealing.rule ?? { field: "unencrypted_suffix" as const, text: "_unencrypted" };
  const zone = createZone(rule);
  const key = randomBytes(keyBytes);
  try {
    const hash = createHash("sha512");
    if (sealing.macOnlyEncrypted === true) hash.update(macOnlyStart);
    const values = leavesOf(documents, zone).map((leaf) => {
      const bytes = valueBytes(leaf.scalar);
      if (bytes !== undefined && (leaf.encrypted || sealing.macOnlyEncrypted !== true)) hash.update(bytes);
      return leaf.encrypted ? sealLeaf(leaf, bytes, key) : leaf.scalar;
    });
    const sealedAt = wholeSeconds(new Date(sealing.now).toISOString()) ?? "";
    const mac = sealValue(Buffer.from(hash.digest("hex").toUpperCase()), key, sealedAt, "str");
    const metadata = await metadataOf(sealing, rule, { sealedAt, mac, key });
    const sealed = formats[sealing.format].emitSealed(withValues(documents, values), metadata);
    if (sealed.byteLength > limits.bytes) throw invalid(`it becomes larger than ${limits.bytes} bytes`);
    return sealed;
  } finally {
    key.fill(0);
  }
}

function plainDocuments(plain: Uint8Array, format: FormatName): readonly MapNode[] {
  if (plain.byteLength > limits.bytes) throw invalid(`it is larger than ${limits.bytes} bytes`);
  if (format === "binary") {
    if (plain.byteLength === 0) throw invalid("it is empty");
    return [{ kind: "map", entries: [{ key: "data", value: { kind: "bytes", bytes: plain } }] }];
  }
  const text = Buffer.from(plain).toString("utf8");
  if (!Buffer.from(text, "utf8").equals(plain)) throw invalid("it is not UTF-8; encrypt it as binary");
  const { documents, metadata, reserved } = formats[format].parse(text.startsWith("\ufeff") ? text.slice(1) : text);
  if (metadata !== undefined || reserved === true) {
    throw invalid('it is encrypted already, or has a top-level key "sops", which the metadata needs');
  }
  return documents;
}

/** Null, and the empty text, stay as they are: the format has no ciphertext of them. */
function sealLeaf(leaf: Leaf, bytes: Uint8Array | undefined, key: Uint8Array): Scalar {
  if (bytes === undefined || bytes.byteLength === 0) return leaf.scalar;
  if (leaf.sealed !== undefined) throw invalid(`the value at ${shownKey(leaf.path.slice(0, -1))} is encrypted already`);
  return { kind: "text", text: sealValue(bytes, key, leaf.path, typeOf(leaf.scalar)) };
}

function typeOf(scalar: Scalar): string {
  return scalar.kind === "text" || scalar.kind === "bytes" ? "str" : scalar.kind;
}

function sealValue(bytes: Uint8Array, key: Uint8Array, associated: string, type: string): string {
  const iv = randomBytes(keyBytes);
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: 16 });
  cipher.setAAD(Buffer.from(associated, "utf8"));
  const body = Buffer.concat([cipher.update(bytes), cipher.final()]).toString("base64");
  const tag = cipher.getAuthTag().toString("base64");
  return `ENC[AES256_GCM,data:${body},iv:${iv.toString("base64")},tag:${tag},type:${type}]`;
}

interface Sealed {
  readonly sealedAt: string;
  readonly mac: string;
  readonly key: Uint8Array;
}

async function metadataOf(
  { recipients, macOnlyEncrypted, format }: Sealing,
  rule: { readonly field: RuleField; readonly text: string },
  { sealedAt, mac, key }: Sealed,
): Promise<MapNode> {
  const items: Node[] = [];
  for (const recipient of recipients) {
    const enc = await recipient.wrap(key);
    items.push(mapOf([entry("recipient", recipient.text), entry("enc", enc)]));
  }
  const only: Entry[] = [{ key: "mac_only_encrypted", value: { kind: "bool", value: true } }];
  return mapOf([
    { key: "age", value: { kind: "list", items } },
    entry("lastmodified", sealedAt),
    entry("mac", mac),
    ...(format === "binary" ? [] : [entry(rule.field, rule.text)]),
    ...(macOnlyEncrypted === true ? only : []),
    entry("version", version),
  ]);
}

function mapOf(entries: readonly Entry[]): MapNode {
  return { kind: "map", entries };
}

function entry(key: string, text: string): Entry {
  return { key, value: { kind: "text", text } };
}
