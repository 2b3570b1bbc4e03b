import { createHash } from "node:crypto";
import { rememberParsed } from "../../documents/remember-parsed.ts";
import { wrappedKeyKinds } from "../../keys/kinds.ts";
import { MountError } from "../../model/error.ts";
import type { Fields } from "../../model/fields.ts";
import type { ObjectContext } from "../../model/store.ts";
import { isShortToRead } from "../../text/read-tree.ts";
import { shownKey } from "./budget.ts";
import { parseDocument, type SopsDocument } from "./document.ts";
import { formatNames, type FormatName } from "./formats/index.ts";
import { leavesOf } from "./leaves.ts";
import type { Metadata } from "./metadata.ts";
import { createZone, isShortRule } from "./zone.ts";

/** One document that the manifest carries. */
export interface SopsRef {
  readonly text: string;
  readonly format: FormatName | undefined;
  /** Undefined where reading or opening it takes long: then both are done elsewhere, after the manifest was read. */
  readonly document: SopsDocument | undefined;
  /** Digest of format and ciphertext: 128 bits of SHA-256, base64url. */
  readonly digest: string;
  /** Name of the parameter that carries it. */
  readonly objectName: string;
}

/** What is known of a text, once for all objects of it. */
interface Known {
  readonly digest: string;
  readonly document: SopsDocument | undefined;
  /** Every mistake that can be found without keys, with what to do about it. */
  readonly problems: readonly (readonly [problem: string, fix: string])[];
}

const encryptAgain = "encrypt it with sops and paste the result as one block of text";

/** Parses the object's `format` and the document itself, so that `lint` finds what can be found without keys. */
export function createLanguage(): (fields: Fields, object: ObjectContext) => SopsRef | undefined {
  const readers = new Map<string, (text: string) => Known>();
  const readerOf = (format: FormatName | undefined, thorough: boolean) => {
    const name = `${format ?? ""} ${thorough}`;
    const reader = readers.get(name) ?? rememberParsed((text) => read(text, format, thorough));
    readers.set(name, reader);
    return reader;
  };
  return (fields, object) => {
    const { objectName, thorough = false } = object;
    const format = fields.oneOf("format", formatNames);
    const text = object.carried(objectName);
    if (text === undefined) {
      const parameter = JSON.stringify(objectName);
      const problem = `no parameter ${parameter} carries the document`;
      fields.refuse("objectName", problem, `add the parameter ${parameter} with it`);
      return undefined;
    }
    const { digest, document, problems } = readerOf(format, thorough)(text);
    for (const [problem, fix] of problems) fields.refuse("objectName", problem, fix);
    return problems.length > 0 ? undefined : { text, format, document, digest, objectName };
  };
}

function read(text: string, format: FormatName | undefined, thorough: boolean): Known {
  const hash = createHash("sha256").update(`${format ?? ""}\0${text}`);
  const digest = hash.digest().subarray(0, 16).toString("base64url");
  if (!thorough && !isShortToRead(Buffer.from(text))) return { digest, document: undefined, problems: [] };
  try {
    const document = parseDocument(text, format);
    const short = isShortRule(document.metadata.rule, document.documents);
    const plain = short || thorough ? plainPath(document) : undefined;
    const kind = kindProblem(document.metadata);
    const problems = [
      ...(plain === undefined ? [] : [[plainProblem(plain), `treat it as public, and ${encryptAgain}`] as const]),
      ...(kind === undefined ? [] : [[kind, `add a recipient of ${wrappedKeyKinds.join(" or ")}`] as const]),
    ];
    return { digest, document: short ? document : undefined, problems };
  } catch (thrown) {
    if (!(thrown instanceof MountError)) throw thrown;
    return { digest, document: undefined, problems: [[`the document is refused: ${thrown.message}`, encryptAgain]] };
  }
}

function plainProblem(path: string): string {
  return `the value at ${shownKey(path)} is not encrypted although the document's rule says so`;
}

/** Where the first value stands that must be encrypted and is not; null and the empty text never are. */
function plainPath({ documents, metadata }: SopsDocument): string | undefined {
  const plain = leavesOf(documents, createZone(metadata.rule)).find(({ scalar, encrypted, sealed }) => {
    if (!encrypted || sealed !== undefined || scalar.kind === "null" || scalar.kind === "comment") return false;
    return scalar.kind !== "text" || scalar.text !== "";
  });
  return plain?.path.slice(0, -1);
}

/** Why no keys could ever open the document here: too few of its groups have a key of a kind that is supported. */
export function kindProblem({ groups, threshold }: Metadata): string | undefined {
  const able = groups.filter((group) => group.some(({ kind }) => wrappedKeyKinds.includes(kind)));
  if (able.length >= threshold) return undefined;
  const has = [...new Set(groups.flat().map(({ kind }) => kind))].join(", ");
  const needs = groups.length === 1 ? "" : `, in ${threshold} of its ${groups.length} groups`;
  return `the document's keys are of kind ${has}; this version opens ${wrappedKeyKinds.join(", ")}${needs}`;
}
