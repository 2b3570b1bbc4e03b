import type { Fields } from "../../model/fields.ts";
import type { ObjectContext } from "../../model/store.ts";
import { readCarried } from "../../documents/carried.ts";
import { ciphertextDigest } from "../../documents/digest.ts";
import { shownLines } from "../../text/shown-lines.ts";
import { formats, type Format, type S5Document } from "./document.ts";
import { serviceNames, type ServiceName } from "./services.ts";

export interface S5Ref {
  readonly document: S5Document;
  readonly service: ServiceName;
  /** Name of the key in the service; empty for keys in files. */
  readonly keyName: string;
  readonly digest: string;
}

/**
 * Parses the object's own fields, `format`, `keyService`, `keyName` and `requireToken`, and the document; undefined where there
 * are issues.
 */
export function parseRef(
  fields: Fields,
  object: ObjectContext,
  parse: (text: string, format: Format) => S5Document,
): S5Ref | undefined {
  const format = fields.oneOf("format", formats) ?? "yaml";
  const service = fields.oneOf("keyService", serviceNames) ?? "aes";
  const keyName = readKeyName(fields, service);
  const required = fields.boolean("requireToken") ?? true;
  const fix = 'write each token in quotes, such as "{{ s5:… }}", or set format to text for a file that is not YAML';
  const document = readCarried(fields, object, (text) => parse(text, format), fix);
  if (document === undefined) return undefined;
  const transit = document.tokens.filter(({ payload }) => payload.startsWith("vault:"));
  if (transit.length > 0 && service !== "vault") {
    const lines = shownLines(transit.map(({ line }) => line));
    fields.refuse("keyService", `a token at ${lines} is of Vault transit`, "set keyService to vault");
    return undefined;
  }
  if (required && document.tokens.length === 0) {
    fields.refuse("objectName", "the document has no token", "encrypt a value with s5, or set requireToken to false");
    return undefined;
  }
  return { document, service, keyName, digest: ciphertextDigest(format, service, keyName, document.digest) };
}

/** The tool's own name of a transit key is `default`; a key in KMS has none. */
function readKeyName(fields: Fields, service: ServiceName): string {
  if (service === "vault") return fields.text("keyName") ?? "default";
  if (service === "aws-kms") return fields.requiredText("keyName", "write the ARN of the key");
  if (service === "gcp-kms") return fields.requiredText("keyName", "write projects/…/cryptoKeys/… of the key");
  if (fields.has("keyName")) fields.refuse("keyName", "keys in files have no name", "set keyService, or leave it out");
  return "";
}
