import { MountError } from "../../model/error.ts";
import type { Fields } from "../../model/fields.ts";
import type { ObjectContext } from "../../model/store.ts";
import { readCarried } from "../../documents/carried.ts";
import { ciphertextDigest } from "../../documents/digest.ts";
import { parseYamlTemplate, type TemplateScalar, type YamlTemplate } from "../../text/yaml/template.ts";

/** A piece of a value: text as it is, or the base64 of an encrypted block. */
export interface EyamlPiece {
  readonly kind: "text" | "block";
  readonly text: string;
}

/** A document with encrypted blocks in its values. */
export interface EyamlDocument {
  readonly template: YamlTemplate;
  /** The values that hold blocks. */
  readonly values: ReadonlyMap<TemplateScalar, readonly EyamlPiece[]>;
  readonly digest: string;
}

export interface EyamlRef {
  readonly document: EyamlDocument;
  readonly digest: string;
}

/** As hiera-eyaml finds them; a value of SOPS holds colons and cannot match. */
const block = /ENC\[(?:(\w+),)?([a-zA-Z0-9+/ =\n]+?)\]/gu;

/** Most blocks in one document. */
const mostBlocks = 500;

/** Parses the object's own field, `requireToken`, and the document; undefined where there are issues. */
export function parseRef(
  fields: Fields,
  object: ObjectContext,
  parse: (text: string) => EyamlDocument,
): EyamlRef | undefined {
  const required = fields.boolean("requireToken") ?? true;
  const document = readCarried(fields, object, parse, "paste the eyaml file as one block of text");
  if (document === undefined) return undefined;
  if (required && document.values.size === 0) {
    const fix = "encrypt a value with eyaml, or set requireToken to false";
    fields.refuse("objectName", "nothing in the document is encrypted", fix);
    return undefined;
  }
  return { document, digest: document.digest };
}

/** Parses a YAML file with `ENC[…]` blocks in its values. Throws MountError `document_invalid`. */
export function parseEyaml(text: string): EyamlDocument {
  const template = parseYamlTemplate(text);
  const values = new Map<TemplateScalar, readonly EyamlPiece[]>();
  let blocks = 0;
  for (const scalar of template.scalars) {
    const pieces = scalar.isKey ? [] : piecesOf(scalar);
    const found = pieces.filter(({ kind }) => kind === "block").length;
    if (found > 0) values.set(scalar, pieces);
    blocks += found;
  }
  if (blocks > mostBlocks) throw new MountError("document_invalid", `it has more than ${mostBlocks} encrypted blocks`);
  return { template, values, digest: ciphertextDigest(text) };
}

function piecesOf({ text, line }: TemplateScalar): readonly EyamlPiece[] {
  const pieces: EyamlPiece[] = [];
  let at = 0;
  for (const match of text.matchAll(block)) {
    const [whole, scheme = "PKCS7", base64 = ""] = match;
    if (scheme !== "PKCS7") {
      const problem = `the value at line ${line} has a block of another scheme than PKCS7, which is not supported`;
      throw new MountError("document_invalid", problem);
    }
    pieces.push({ kind: "text", text: text.slice(at, match.index) });
    pieces.push({ kind: "block", text: base64.replace(/[ \n]/gu, "") });
    at = match.index + whole.length;
  }
  return [...pieces, { kind: "text", text: text.slice(at) }];
}
