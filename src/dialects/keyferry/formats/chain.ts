import type { X509Certificate } from "node:crypto";
import { outputError } from "./data.ts";
import { privateKey, type Material } from "./material.ts";

/** Certificates in the order in which servers send them. */
export interface Chain {
  readonly leaf: X509Certificate;
  /** What signs the leaf, one after the other; empty where it is not there. */
  readonly issuers: readonly X509Certificate[];
}

/**
 * The leaf, which is the key's certificate, or without a key the one that signs no other, and what signs it. What is in
 * no chain is left out. Throws MountError `output_failed` where there is no leaf.
 */
export function chainOf({ key, certificates }: Material, output: string): Chain {
  const leaf = key === undefined ? withoutKey(certificates) : ofKey({ key, certificates }, output);
  if (leaf === undefined) throw outputError(`output ${output}: there is no certificate`);
  const issuers: X509Certificate[] = [];
  for (let at: X509Certificate | undefined = issuerOf(leaf, certificates); at !== undefined;) {
    if (at === leaf || issuers.includes(at)) break;
    issuers.push(at);
    at = issuerOf(at, certificates);
  }
  return { leaf, issuers };
}

/** What of the material signs others or itself: everything but the leaf. */
export function authorities(material: Material, output: string): readonly X509Certificate[] {
  const { key, certificates } = material;
  if (key === undefined && certificates.every((one) => one.ca)) return certificates;
  const { leaf } = chainOf(material, output);
  return certificates.filter((one) => one !== leaf);
}

function ofKey(material: Material & { readonly key: NonNullable<Material["key"]> }, output: string) {
  if (material.certificates.length === 0) return undefined;
  const key = privateKey(material.key, output);
  const found = material.certificates.find((one) => one.checkPrivateKey(key));
  if (found === undefined) throw outputError(`output ${output}: no certificate belongs to the private key`);
  return found;
}

function withoutKey(certificates: readonly X509Certificate[]): X509Certificate | undefined {
  const signing = new Set(certificates.map((one) => issuerOf(one, certificates)));
  return certificates.find((one) => !signing.has(one)) ?? certificates[0];
}

/** The certificate that signed another one; undefined for one that signed itself, and where it is not there. */
function issuerOf(one: X509Certificate, all: readonly X509Certificate[]): X509Certificate | undefined {
  if (one.checkIssued(one)) return undefined;
  return all.find((other) => other !== one && one.checkIssued(other) && isSignedBy(one, other));
}

function isSignedBy(one: X509Certificate, other: X509Certificate): boolean {
  try {
    return one.verify(other.publicKey);
  } catch {
    // A kind of key that this runtime does not calculate with: then the names decide.
    return true;
  }
}
