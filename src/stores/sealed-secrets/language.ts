import type { Fields } from "../../model/fields.ts";
import type { ObjectContext } from "../../model/store.ts";
import { readCarried } from "../../documents/carried.ts";
import { ciphertextDigest } from "../../documents/digest.ts";
import { nearest } from "../../text/nearest.ts";
import { shownName } from "../../text/shown-name.ts";
import type { TemplatePiece } from "./go-template.ts";
import { scopes, type Scope, type SealedDocument } from "./sealed-document.ts";

/** Sealed values of one document, and what becomes of them. */
export interface SealedRef {
  /** The namespace that the document names; undefined where it names none. */
  readonly namespace: string | undefined;
  readonly scope: Scope;
  /** The name that strict values are bound to. */
  readonly name: string;
  /** Sealed texts to open, by item. */
  readonly items: ReadonlyMap<string, string>;
  /** One file out of the items, or a map of them all. */
  readonly output: readonly TemplatePiece[] | ReadonlyMap<string, readonly TemplatePiece[]>;
  readonly digest: string;
}

const sealAgain = "paste what kubeseal printed as one block of text";

/** Parses the object's own fields, `key`, `scope` and `sealedName`, and the document; undefined where there are issues. */
export function parseRef(
  fields: Fields,
  object: ObjectContext,
  parse: (text: string) => SealedDocument,
): SealedRef | undefined {
  const key = fields.text("key");
  const written = { scope: fields.oneOf("scope", scopes), name: fields.text("sealedName") };
  const document = readCarried(fields, object, parse, sealAgain);
  if (document === undefined) return undefined;
  const bound = readBinding(fields, document, written);
  const output = readOutput(fields, document, key);
  if (bound === undefined || output === undefined) return undefined;
  const used = namesIn(output);
  const items = new Map([...document.items].filter(([name]) => used.has(name)));
  const shape = output instanceof Map ? [...output] : [["", output]];
  const digest = ciphertextDigest(
    bound.scope,
    bound.scope === "strict" ? bound.name : "",
    document.object?.namespace ?? "",
    JSON.stringify(shape),
    ...[...items.keys()].flatMap((item) => [item, document.digests.get(item) ?? ""]),
  );
  return { ...bound, namespace: document.object?.namespace, items, output, digest };
}

/** A SealedSecret says itself what it is bound to; for bare values the object's fields say it. */
function readBinding(
  fields: Fields,
  document: SealedDocument,
  { scope, name }: { readonly scope: Scope | undefined; readonly name: string | undefined },
): { readonly scope: Scope; readonly name: string } | undefined {
  if (document.object !== undefined) {
    for (const field of ["scope", "sealedName"].filter((one) => fields.has(one))) {
      fields.refuse(field, "the SealedSecret itself says it", "remove the field");
    }
    return document.object;
  }
  if (!fields.has("scope")) {
    fields.refuse("scope", "it is missing", `write how the values were sealed: ${scopes.join(", ")}`);
  }
  if (scope === "strict" && (name === undefined || name === "")) {
    fields.refuse("sealedName", "it is missing", "write the name that the values were sealed for");
    return undefined;
  }
  return scope === undefined ? undefined : { scope, name: name ?? "" };
}

function readOutput(
  fields: Fields,
  document: SealedDocument,
  key: string | undefined,
): SealedRef["output"] | undefined {
  const single = document.items.has("");
  if (single && key !== undefined) {
    fields.refuse("key", "the parameter carries one value without a name", "remove the field");
    return undefined;
  }
  const entries = entriesOf(document);
  const wanted = single ? "" : key;
  const unusable = [...entries].find(([name, pieces]) => pieces === undefined && (wanted ?? name) === name)?.[0];
  if (unusable !== undefined) {
    const problem = `spec.template.data has an entry ${shownName(unusable)} that is more than {{ .item }} of its items`;
    fields.refuse(wanted === undefined ? "objectName" : "key", problem, "name single items with key, or simplify it");
    return undefined;
  }
  if (wanted === undefined) return new Map([...entries].map(([name, pieces]) => [name, pieces ?? []]));
  const pieces = entries.get(wanted);
  if (pieces !== undefined) return pieces;
  const meant = nearest(wanted, entries.keys());
  const fix = meant === undefined ? "name one that is there" : `did you mean ${shownName(meant)}?`;
  fields.refuse("key", "the document has no item of this name", fix);
  return undefined;
}

/** Entries of the Secret that the controller would make: a template takes the place of an item of its name. */
function entriesOf({ items, templates }: SealedDocument): SealedDocument["templates"] {
  const own = [...items.keys()].map((name) => [name, [{ kind: "item" as const, name }]] as const);
  return new Map([...own, ...templates]);
}

function namesIn(output: SealedRef["output"]): ReadonlySet<string> {
  const lists = output instanceof Map ? [...output.values()] : [output as readonly TemplatePiece[]];
  return new Set(lists.flat().flatMap((piece: TemplatePiece) => (piece.kind === "item" ? [piece.name] : [])));
}
