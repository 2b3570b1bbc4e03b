import { createHash } from "node:crypto";
import { wrappedKeyKinds } from "../../keys/kinds.ts";
import { MountError } from "../../model/error.ts";
import type { Fields } from "../../model/fields.ts";
import type { ObjectContext } from "../../model/store.ts";
import { shownKey } from "./budget.ts";
import { parseDocument, type SopsDocument } from "./document.ts";
import { formatNames } from "./formats/index.ts";
import { leavesOf } from "./leaves.ts";

/** One document that the manifest carries. */
export interface SopsRef {
  /** Undefined where parsing recorded an issue; such a ref is never fetched. */
  readonly document: SopsDocument | undefined;
  /** Digest of format and ciphertext: 128 bits of SHA-256, base64url. */
  readonly digest: string;
  /** Name of the parameter that carries it. */
  readonly objectName: string;
}

const encryptAgain = "encrypt it with sops and paste the result as one block of text";

/** Parses the object's `format` and the document itself, so that `lint` finds what can be found without keys. */
export function parseRef(fields: Fields, object: ObjectContext): SopsRef {
  const { objectName } = object;
  const format = fields.oneOf("format", formatNames);
  const text = object.carried(objectName);
  if (text === undefined) {
    const parameter = JSON.stringify(objectName);
    fields.refuse(
      "objectName",
      `no parameter ${parameter} carries the document`,
      `add the parameter ${parameter} with it`,
    );
    return { document: undefined, digest: "", objectName };
  }
  const digest = createHash("sha256")
    .update(`${format ?? ""}\0${text}`)
    .digest()
    .subarray(0, 16)
    .toString("base64url");
  try {
    const document = parseDocument(text, format);
    const plain = plainPath(document);
    if (plain !== undefined) {
      const problem = `the value at ${shownKey(plain)} is not encrypted although the document's rule says so`;
      fields.refuse("objectName", problem, `treat it as public, and ${encryptAgain}`);
    }
    const problem = kindProblem(document, wrappedKeyKinds);
    if (problem !== undefined)
      fields.refuse("objectName", problem, `add a recipient of ${wrappedKeyKinds.join(" or ")}`);
    return { document, digest, objectName };
  } catch (thrown) {
    if (!(thrown instanceof MountError)) throw thrown;
    fields.refuse("objectName", `the document is refused: ${thrown.message}`, encryptAgain);
    return { document: undefined, digest, objectName };
  }
}

/** Where the first value stands that must be encrypted and is not; null and the empty text never are. */
function plainPath({ documents, metadata }: SopsDocument): string | undefined {
  const plain = leavesOf(documents, metadata.zone).find(({ scalar, encrypted, sealed }) => {
    if (!encrypted || sealed !== undefined || scalar.kind === "null" || scalar.kind === "comment") return false;
    return scalar.kind !== "text" || scalar.text !== "";
  });
  return plain?.path.slice(0, -1);
}

/** Why no keys could ever open the document here: too few of its groups have a key of a kind that is supported. */
function kindProblem({ metadata }: SopsDocument, kinds: readonly string[]): string | undefined {
  const able = metadata.groups.filter((group) => group.some(({ kind }) => kinds.includes(kind)));
  if (able.length >= metadata.threshold) return undefined;
  const has = [...new Set(metadata.groups.flat().map(({ kind }) => kind))].join(", ");
  const needs =
    metadata.groups.length === 1 ? "" : `, in ${metadata.threshold} of its ${metadata.groups.length} groups`;
  return `the document's keys are of kind ${has}; this version opens ${kinds.join(", ")}${needs}`;
}
