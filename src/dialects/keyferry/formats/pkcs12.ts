import { writePkcs12 } from "../../../text/certificates/write-pkcs12.ts";
import { authorities, chainOf } from "./chain.ts";
import type { OutputFormat } from "./contract.ts";
import { outputError } from "./data.ts";
import { privateKey, readMaterial, type Material } from "./material.ts";

interface Pkcs12Options {
  readonly legacy: boolean;
  /** Undefined: a trust store where there is no private key. */
  readonly trustStore: boolean | undefined;
  readonly alias: string;
}

/**
 * `pkcs12`: a key store, or for certificates alone a trust store that Java accepts. The same input gives the same bytes,
 * so that a republish does not rewrite the file.
 */
export const pkcs12Format: OutputFormat<Pkcs12Options> = {
  name: "pkcs12",
  takesPassword: true,
  options: (fields) => {
    const alias = fields?.text("alias");
    if (alias !== undefined && !/^[ -~]{1,100}$/u.test(alias)) {
      fields?.refuse("alias", "it is no name", "write at most 100 ASCII characters, such as shop");
    }
    return {
      legacy: fields?.boolean("legacy") ?? false,
      trustStore: fields?.boolean("trustStore"),
      alias: alias ?? "1",
    };
  },
  write: async ({ data, options, password }, context) => {
    const material = await readMaterial(data, "pkcs12", context);
    const { alias, legacy } = options;
    if (password === undefined) throw outputError("output pkcs12 has no password");
    return writePkcs12({ ...contentOf(material, options), alias, legacy, password }, context.signal);
  },
};

function contentOf(material: Material, { trustStore }: Pkcs12Options) {
  const { key } = material;
  const isTrustStore: boolean = trustStore ?? key === undefined;
  if (isTrustStore) {
    const certificates = (trustStore === true ? authorities(material, "pkcs12") : material.certificates).map(raw);
    if (certificates.length === 0) throw outputError("output pkcs12: there is no certificate to trust");
    return { key: undefined, certificates };
  }
  if (key === undefined)
    throw outputError("output pkcs12: there is no private key; for a trust store leave trustStore out");
  const { leaf, issuers } = chainOf(material, "pkcs12");
  const pkcs8 = privateKey(key, "pkcs12").export({ type: "pkcs8", format: "der" });
  return { key: pkcs8, certificates: [leaf, ...issuers].map(raw) };
}

function raw(certificate: { readonly raw: Buffer }): Buffer {
  return certificate.raw;
}
