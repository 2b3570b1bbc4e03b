import { MountError } from "../../model/error.ts";
import type { Fields } from "../../model/fields.ts";
import type { ObjectContext } from "../../model/store.ts";
import { readCarried } from "../../documents/carried.ts";
import { ciphertextDigest } from "../../documents/digest.ts";
import { parseYamlTemplate, type TemplateScalar, type YamlTemplate } from "../../text/yaml/template.ts";
import { isVault, parseEnvelope, type Envelope } from "./envelope.ts";

/** A vault as a whole, or the vaults in a file of variables. */
export type VaultDocument =
  | { readonly kind: "whole"; readonly envelope: Envelope; readonly digest: string }
  | {
      readonly kind: "variables";
      readonly template: YamlTemplate;
      readonly envelopes: ReadonlyMap<TemplateScalar, Envelope>;
      readonly digest: string;
    };

export interface AnsibleVaultRef {
  readonly document: VaultDocument;
  /** Whether only the password of the id in the header is tried. */
  readonly onlyItsId: boolean;
  readonly digest: string;
}

const tags: readonly (string | undefined)[] = ["!vault", "!vault-encrypted"];

/** Most vaults in one document. */
const mostVaults = 500;

const encryptAgain = "paste what ansible-vault wrote as one block of text";

/** Parses the object's own fields, `strictVaultId` and `requireToken`, and the document; undefined where there are issues. */
export function parseRef(
  fields: Fields,
  object: ObjectContext,
  parse: (text: string) => VaultDocument,
): AnsibleVaultRef | undefined {
  const onlyItsId = fields.boolean("strictVaultId") ?? false;
  const required = fields.boolean("requireToken") ?? true;
  const document = readCarried(fields, object, parse, encryptAgain);
  if (document === undefined) return undefined;
  if (required && document.kind === "variables" && document.envelopes.size === 0) {
    const fix = "encrypt a value with ansible-vault encrypt_string, or set requireToken to false";
    fields.refuse("objectName", "nothing in the document is encrypted", fix);
    return undefined;
  }
  return { document, onlyItsId, digest: ciphertextDigest(String(onlyItsId), document.digest) };
}

/** Parses a whole vault, or a YAML file with values tagged `!vault`. Throws MountError `document_invalid`. */
export function parseVaultDocument(text: string): VaultDocument {
  const digest = ciphertextDigest(text);
  if (isVault(text)) return { kind: "whole", envelope: parseEnvelope(text), digest };
  const template = parseYamlTemplate(text);
  const tagged = template.scalars.filter(({ tag, isKey }) => !isKey && tags.includes(tag));
  if (tagged.length > mostVaults) throw new MountError("document_invalid", `it has more than ${mostVaults} vaults`);
  const envelopes = new Map(tagged.map((scalar) => [scalar, parseAt(scalar)]));
  return { kind: "variables", template, envelopes, digest };
}

function parseAt({ text, line }: TemplateScalar): Envelope {
  try {
    return parseEnvelope(text);
  } catch (thrown) {
    const { message } = MountError.from(thrown);
    throw new MountError("document_invalid", `the value at line ${line}: ${message}`);
  }
}
