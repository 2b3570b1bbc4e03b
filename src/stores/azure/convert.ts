import { createPrivateKey, createPublicKey, type JsonWebKey } from "node:crypto";
import { MountError } from "../../model/error.ts";
import { orderChain } from "../../text/certificates/chain.ts";
import { goBase64 } from "../../text/go/base64.ts";
import { readPem, writePem } from "../../text/certificates/pem.ts";
import type { Rounds } from "../../text/certificates/rounds.ts";
import { openPfx } from "../../text/certificates/pkcs12.ts";

/** A key as Key Vault answers it: the public half as JSON Web Key, with key types of its own. */
export interface VaultKey {
  readonly kty?: string;
  readonly crv?: string;
  readonly n?: string;
  readonly e?: string;
  readonly x?: string;
  readonly y?: string;
}

/** Elliptic curves whose keys are mounted. */
const curves: readonly string[] = ["P-256", "P-384", "P-521"];

/**
 * The PEM text of a certificate that the vault keeps as PFX: private keys (PKCS#8), then certificates; with `chain` from
 * the leaf to the root. Throws `object_unusable`, and `budget_exceeded` where it takes more rounds.
 */
export async function pfxToPem(base64: string, chain: boolean, rounds: Rounds, signal: AbortSignal): Promise<string> {
  const bytes = goBase64(base64);
  if (bytes === undefined) throw new MountError("object_unusable", "the certificate's PFX is not valid base64");
  const { keys, certificates } = await openPfx(bytes, rounds, signal);
  const ordered = chain ? orderChain(certificates) : certificates;
  return [...keys.map(privateKeyPem), ...ordered.map((one) => writePem("CERTIFICATE", one))].join("");
}

/** The certificates of a PEM text, and everything else of it, both written anew. */
export function dividePem(text: string): { readonly certificates: string; readonly keys: string } {
  const blocks = readPem(text);
  const write = (wanted: boolean) =>
    blocks
      .filter(({ type }) => (type === "CERTIFICATE") === wanted)
      .map(({ type, bytes, headers }) => writePem(type, bytes, headers))
      .join("");
  return { certificates: write(true), keys: write(false) };
}

/** The public key as PEM (SPKI). Throws `object_unusable` for kinds of key that have no such form. */
export function publicKeyPem(key: VaultKey): string {
  const kty = key.kty?.replace(/-HSM$/u, "") ?? "";
  if (kty !== "RSA" && kty !== "EC") throw notMounted(`keys of type ${shown(key.kty)}`);
  if (kty === "EC" && !curves.includes(key.crv ?? "")) throw notMounted(`curve ${shown(key.crv)}`);
  const { n, e, crv, x, y } = key;
  const jwk: JsonWebKey = kty === "RSA" ? { kty, ...defined({ n, e }) } : { kty, ...defined({ crv, x, y }) };
  try {
    return createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
  } catch {
    throw new MountError("object_unusable", "the key in the vault's answer is not valid");
  }
}

/** The certificate as PEM; its bytes are taken as they are. Throws `object_unusable`. */
export function certificatePem(cer: string): string {
  const bytes = goBase64(cer);
  if (bytes === undefined)
    throw new MountError("object_unusable", "the certificate in the vault's answer is not base64");
  return writePem("CERTIFICATE", bytes);
}

function privateKeyPem(der: Buffer): string {
  try {
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    return key.export({ type: "pkcs8", format: "pem" }).toString();
  } catch {
    throw new MountError(
      "object_unusable",
      "the private key in the certificate's PFX is of a kind that is not supported",
    );
  }
}

function notMounted(what: string): MountError {
  return new MountError(
    "object_unusable",
    `${what} have no public form that can be mounted; use an RSA key, or an EC key on ${curves.join(", ")}`,
  );
}

function shown(name: string | undefined): string {
  return name !== undefined && /^[\w-]{1,20}$/u.test(name) ? name : "that the vault names";
}

function defined(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
