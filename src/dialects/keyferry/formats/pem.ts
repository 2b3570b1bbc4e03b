import type { X509Certificate } from "node:crypto";
import type { RenderContext } from "../../../model/plan.ts";
import { writePem } from "../../../text/certificates/pem.ts";
import { authorities, chainOf } from "./chain.ts";
import type { OutputFormat } from "./contract.ts";
import { outputError } from "./data.ts";
import { readMaterial, type Material } from "./material.ts";

function certificateFormat(name: string, write: (material: Material) => string | Uint8Array): OutputFormat<undefined> {
  return {
    name,
    takesPassword: false,
    options: () => undefined,
    write: async ({ data }, context: RenderContext) => Buffer.from(write(await readMaterial(data, name, context))),
  };
}

const certificatesText = (certificates: readonly X509Certificate[]) =>
  certificates.map(({ raw }) => writePem("CERTIFICATE", raw)).join("");

function keyText({ key }: Material, output: string): string {
  if (key === undefined) throw outputError(`output ${output}: there is no private key`);
  return writePem(key.type, key.bytes);
}

function chainText(material: Material, output: string): string {
  const { leaf, issuers } = chainOf(material, output);
  return certificatesText([leaf, ...issuers]);
}

/** Certificate material in the forms that servers take: PEM of the parts, and the leaf as DER. */
export const certificateFormats: readonly OutputFormat[] = [
  certificateFormat("pem-bundle", (material) => keyText(material, "pem-bundle") + chainText(material, "pem-bundle")),
  certificateFormat("pem-key", (material) => keyText(material, "pem-key")),
  certificateFormat("pem-cert", (material) => certificatesText([chainOf(material, "pem-cert").leaf])),
  certificateFormat("pem-chain", (material) => chainText(material, "pem-chain")),
  certificateFormat("pem-ca", (material) => {
    const found = authorities(material, "pem-ca");
    if (found.length === 0) throw outputError("output pem-ca: there is no certificate besides the leaf");
    return certificatesText(found);
  }),
  certificateFormat("der", (material) => chainOf(material, "der").leaf.raw),
];
