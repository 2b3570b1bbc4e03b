import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import type { Tree } from "../../../model/outcome.ts";
import type { RenderContext } from "../../../model/plan.ts";
import { openKeyStore } from "../../../text/certificates/open-pfx.ts";
import { readPem } from "../../../text/certificates/pem.ts";
import { textOrBytes } from "../value.ts";
import { isList, isMap, outputError } from "./data.ts";

/** A private key as it was stored. */
export interface StoredKey {
  /** Of its PEM block, such as `PRIVATE KEY`. */
  readonly type: string;
  readonly bytes: Buffer;
}

/** Certificate material of any store. */
export interface Material {
  readonly key: StoredKey | undefined;
  readonly certificates: readonly X509Certificate[];
}

/** Most certificates that are put in order. */
const maxCertificates = 200;

const wanted =
  "PEM text, a PFX without a password, or a map with certificate, private_key, ca_chain and issuing_ca as Vault's PKI gives it";

/** Reads certificate material. Rejects with MountError `output_failed`, which never shows any of it. */
export async function readMaterial(data: Tree, output: string, context: RenderContext): Promise<Material> {
  const texts = isMap(data) ? textsOfMap(data, output) : [data];
  const keys: StoredKey[] = [];
  const certificates: Buffer[] = [];
  for (const text of texts) {
    const pem = pemOf(text);
    if (pem === undefined) {
      const opened = await openKeyStore(pfxOf(text, output), context);
      keys.push(...opened.keys.map((bytes) => ({ type: "PRIVATE KEY", bytes })));
      certificates.push(...opened.certificates);
      continue;
    }
    for (const { type, bytes } of readPem(pem)) {
      if (type.endsWith("PRIVATE KEY")) keys.push({ type, bytes });
      if (type === "CERTIFICATE" || type === "TRUSTED CERTIFICATE") certificates.push(bytes);
    }
  }
  const [key, another] = distinct(keys);
  if (another !== undefined) throw outputError(`output ${output}: there is more than one private key`);
  return { key, certificates: parsed(certificates, output) };
}

/** The key for calculations; undefined where there is none. Throws MountError `output_failed` for one that has a password. */
export function privateKey(key: StoredKey, output: string): KeyObject {
  const types: Readonly<Record<string, "pkcs8" | "pkcs1" | "sec1">> = {
    "PRIVATE KEY": "pkcs8",
    "RSA PRIVATE KEY": "pkcs1",
    "EC PRIVATE KEY": "sec1",
  };
  const type = types[key.type];
  if (type === undefined)
    throw outputError(`output ${output}: the private key has a password, or is of another form; store it as PKCS#8`);
  try {
    return createPrivateKey({ key: key.bytes, format: "der", type });
  } catch {
    throw outputError(`output ${output}: the private key cannot be read`);
  }
}

function textsOfMap(data: Readonly<Record<string, Tree>>, output: string): readonly Tree[] {
  const chain = data["ca_chain"] ?? [];
  const parts = [data["private_key"], data["certificate"], ...(isList(chain) ? chain : [chain]), data["issuing_ca"]];
  const texts = parts.flatMap((part) => (part === undefined || part === null || part === "" ? [] : [part]));
  if (texts.length > 0) return texts;
  const hint = isMap(data["data"]) ? "; select the inner map with jmesPath: data" : "";
  throw outputError(`output ${output} needs ${wanted}${hint}`);
}

function pemOf(data: Tree): string | undefined {
  const text = ArrayBuffer.isView(data) ? textOrBytes(data) : data;
  return typeof text === "string" && text.includes("-----BEGIN ") ? text : undefined;
}

/** A PFX stands as its bytes, or as base64. */
function pfxOf(data: Tree, output: string): Buffer {
  const text = ArrayBuffer.isView(data) ? textOrBytes(data) : data;
  if (ArrayBuffer.isView(text)) return Buffer.from(text);
  const packed = typeof text === "string" ? text.replaceAll(/\s/gu, "") : "";
  if (!/^[A-Za-z0-9+/]{16,}={0,2}$/u.test(packed)) throw outputError(`output ${output} needs ${wanted}`);
  return Buffer.from(packed, "base64");
}

/** Vault repeats the issuer in the chain; stores repeat keys. */
function distinct<Item extends { readonly bytes: Buffer }>(items: readonly Item[]): readonly Item[] {
  return items.filter(({ bytes }, at) => items.findIndex((other) => other.bytes.equals(bytes)) === at);
}

function parsed(all: readonly Buffer[], output: string): readonly X509Certificate[] {
  if (all.length > maxCertificates) {
    throw outputError(`output ${output} takes at most ${maxCertificates} certificates, and there are ${all.length}`);
  }
  return distinct(all.map((bytes) => ({ bytes }))).map(({ bytes }) => {
    try {
      return new X509Certificate(bytes);
    } catch {
      throw outputError(`output ${output}: a certificate cannot be read`);
    }
  });
}
