import type { Fields } from "../../model/fields.ts";
import type { ObjectContext } from "../../model/store.ts";
import { readCarried } from "../../text/carried-document.ts";
import { ciphertextDigest } from "../../text/ciphertext-digest.ts";
import { shownLines } from "../../text/shown-lines.ts";
import { formats, type Format, type S5Document } from "./document.ts";
import { serviceNames, type ServiceName } from "./services.ts";

/** An `s5` store has no settings: its keys are the operator's. */
export type S5Params = Readonly<Record<string, never>>;

export interface S5Ref {
  readonly document: S5Document;
  readonly service: ServiceName;
  readonly digest: string;
}

/**
 * Parses the object's own fields, `format`, `keyService` and `requireToken`, and the document; undefined where there
 * are issues.
 */
export function parseRef(
  fields: Fields,
  object: ObjectContext,
  parse: (text: string, format: Format) => S5Document,
): S5Ref | undefined {
  const format = fields.oneOf("format", formats) ?? "yaml";
  const service = fields.oneOf("keyService", serviceNames) ?? "aes";
  const required = fields.boolean("requireToken") ?? true;
  const fix = 'write each token in quotes, such as "{{ s5:… }}", or set format to text for a file that is not YAML';
  const document = readCarried(fields, object, (text) => parse(text, format), fix);
  if (document === undefined) return undefined;
  const transit = document.tokens.filter(({ payload }) => payload.startsWith("vault:"));
  if (transit.length > 0) {
    const lines = shownLines(transit.map(({ line }) => line));
    const problem = `a token at ${lines} is of Vault transit, which this version does not open`;
    fields.refuse("objectName", problem, `encrypt it with ${serviceNames.join(" or ")}`);
    return undefined;
  }
  if (required && document.tokens.length === 0) {
    fields.refuse("objectName", "the document has no token", "encrypt a value with s5, or set requireToken to false");
    return undefined;
  }
  return { document, service, digest: ciphertextDigest(format, service, document.digest) };
}
