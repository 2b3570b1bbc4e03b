import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { KeyProblem } from "./material/file.ts";
import type { KeyText } from "./material/folder.ts";
import { fingerprintOf, createRsaKey, type RsaKey } from "./rsa.ts";
import type { Turns } from "./turns.ts";

/** Largest modulus in bits: bare RSA runs on the main thread, where a longer key would take too long. */
export const maxBits = { "sealed-secrets": 8192, eyaml: 4096 } as const;

/** How RSA key files are read. */
export interface RsaReading {
  readonly turns: Turns;
  /** Largest modulus in bits. */
  readonly maxBits: number;
  /** Told of each part that is passed over; the text names the file and nothing of its content. */
  skipped(problem: string): void;
}

/** The label by which the Sealed Secrets controller marks its key Secrets, and the one value it uses keys with. */
const label = { name: "sealedsecrets.bitnami.com/sealed-secrets-key", active: "active" };

/** Name of the only key Secret of very old controllers, which has no label. */
const unlabelled = "sealed-secrets-key";

/**
 * The RSA private keys of key files, newest certificate first: PEM blocks of keys (PKCS #1 or PKCS #8) and certificates
 * in any order and number, or Secrets of the Sealed Secrets controller as a YAML or JSON `List`, of which only those
 * marked active count. What is unusable is passed over; throws KeyProblem when no key is left.
 */
export async function parseRsaKeys(texts: readonly KeyText[], reading: RsaReading): Promise<readonly RsaKey[]> {
  const pem: string[] = [];
  for (const { name, text } of texts) {
    const skip = (problem: string) => reading.skipped(`${JSON.stringify(name)}: ${problem}`);
    if (
      /^\s*(?:\{|apiVersion:|kind:|items:|metadata:|data:|---)/mu.test(text.slice(0, 4096)) &&
      !/^-----BEGIN /mu.test(text)
    ) {
      pem.push(...(await secretTexts(text, skip)));
    } else pem.push(text);
  }
  const blocks = pem.flatMap((text) => text.match(/-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/gu) ?? []);
  const keys = new Map<string, KeyObject>();
  for (const block of blocks.filter((one) => /^-----BEGIN [A-Z ]*PRIVATE KEY-----/u.test(one))) {
    const key = readKey(block, reading);
    if (key !== undefined) keys.set(fingerprintOf(createPublicKey(key)), key);
  }
  if (keys.size === 0) throw new KeyProblem("has no RSA private key that can be used");
  const dates = certificateDates(blocks);
  return [...keys]
    .map(([fingerprint, key]) => createRsaKey(key, dates.get(fingerprint) ?? 0, reading.turns))
    .sort((a, b) => b.notBefore - a.notBefore);
}

function readKey(block: string, { maxBits, skipped }: RsaReading): KeyObject | undefined {
  try {
    const key = createPrivateKey(block);
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    if (key.asymmetricKeyType === "rsa" && bits >= 1024 && bits <= maxBits) return key;
    skipped(`a private key that is not RSA of 1024 to ${maxBits} bits`);
  } catch {
    skipped("a private key that cannot be read; it may be damaged or have a passphrase");
  }
  return undefined;
}

/** From when each certificate holds, by the fingerprint of its key. Expiry has no meaning for opening. */
function certificateDates(blocks: readonly string[]): ReadonlyMap<string, number> {
  const dates = new Map<string, number>();
  for (const block of blocks.filter((one) => one.startsWith("-----BEGIN CERTIFICATE-----"))) {
    try {
      const { publicKey, validFromDate } = new X509Certificate(block);
      const owner = fingerprintOf(publicKey);
      dates.set(owner, Math.max(validFromDate.getTime(), dates.get(owner) ?? 0));
    } catch {
      continue; // A certificate only orders the attempts.
    }
  }
  return dates;
}

interface KeySecret {
  readonly metadata?: { readonly name?: unknown; readonly labels?: Readonly<Record<string, unknown>> | null };
  readonly data?: Readonly<Record<string, unknown>> | null;
}

/** The decoded `tls.key` and `tls.crt` of the Secrets that the controller itself would use. */
async function secretTexts(text: string, skip: (problem: string) => void): Promise<readonly string[]> {
  const { parseAllDocuments } = await import("yaml");
  const documents = [...parseAllDocuments(text, { prettyErrors: false })];
  if (documents.some((document) => document.errors.length > 0)) {
    skip("it is neither PEM nor YAML or JSON that can be read");
    return [];
  }
  const roots = documents.map((document) => document.toJS() as unknown);
  const secrets = roots.flatMap((root): readonly unknown[] => {
    const items: unknown = isMap(root) ? root["items"] : undefined;
    return Array.isArray(items) ? items : [root];
  });
  return secrets.filter((secret): secret is KeySecret => isMap(secret)).flatMap(activeTexts);
}

function activeTexts({ metadata, data }: KeySecret): readonly string[] {
  const state = metadata?.labels?.[label.name];
  const active = state === label.active || (state === undefined && metadata?.name === unlabelled);
  if (!active) return [];
  return ["tls.key", "tls.crt"].flatMap((name) => {
    const value = data?.[name];
    return typeof value === "string" ? [Buffer.from(value, "base64").toString("latin1")] : [];
  });
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
