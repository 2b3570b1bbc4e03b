import { MountError } from "../../model/error.ts";
import type { Tree } from "../../model/outcome.ts";
import { ciphertextDigest } from "../../documents/digest.ts";
import { shownName } from "../../text/shown-name.ts";
import { parseYamlTemplate } from "../../text/yaml/template.ts";
import { parseGoTemplate, type TemplatePiece } from "./go-template.ts";

/** Whom sealed values are bound to: namespace and name, the namespace, or nobody. */
export const scopes = ["strict", "namespace-wide", "cluster-wide"] as const;

export type Scope = (typeof scopes)[number];

/** Sealed values as a manifest carries them: parsed, nothing opened. */
export interface SealedDocument {
  /** What a SealedSecret object says of itself; undefined for bare values, whose object fields must say it. */
  readonly object: { readonly scope: Scope; readonly name: string; readonly namespace: string | undefined } | undefined;
  /** Sealed texts by item; a single bare value has the name `""`. */
  readonly items: ReadonlyMap<string, string>;
  /** Digests of the sealed texts, by item. */
  readonly digests: ReadonlyMap<string, string>;
  /** Entries that `spec.template.data` makes of items; undefined for one that is more than a list of items. */
  readonly templates: ReadonlyMap<string, readonly TemplatePiece[] | undefined>;
}

/** Most items of one document. */
const mostItems = 500;

/** Source: the annotations that kubeseal writes; only the exact text `true` counts, and cluster-wide wins. */
const annotations = [
  ["sealedsecrets.bitnami.com/cluster-wide", "cluster-wide"],
  ["sealedsecrets.bitnami.com/namespace-wide", "namespace-wide"],
] as const;

/**
 * Parses a SealedSecret object, a map from item to sealed text, or one sealed text as `kubeseal --raw` prints it. Does
 * not look into the sealed texts. Throws MountError `document_invalid`.
 */
export function parseSealed(text: string): SealedDocument {
  const document = parseForm(text);
  return { ...document, digests: new Map([...document.items].map(([name, one]) => [name, ciphertextDigest(one)])) };
}

type Undigested = Omit<SealedDocument, "digests">;

function parseForm(text: string): Undigested {
  const bare = text.trim();
  if (/^[^\s:]*$/u.test(bare)) {
    return { object: undefined, items: new Map([["", bare]]), templates: new Map() };
  }
  const root = parseYamlTemplate(text).render(new Map()).tree();
  if (!isMap(root)) throw invalid("it is not a SealedSecret, a map of sealed values or one sealed value");
  if (root["kind"] === undefined && root["apiVersion"] === undefined) {
    return { object: undefined, items: readItems(root, "it"), templates: new Map() };
  }
  if (root["kind"] !== "SealedSecret" || root["apiVersion"] !== "bitnami.com/v1alpha1") {
    throw invalid("it is not a SealedSecret of apiVersion bitnami.com/v1alpha1");
  }
  return parseObject(root);
}

function parseObject(root: TreeMap): Undigested {
  const [metadata, spec] = [mapAt(root, "metadata"), mapAt(root, "spec")];
  const template = mapAt(spec, "template");
  if (spec["data"] !== undefined) {
    throw invalid("spec.data is the old form with one value for all; seal it again to get spec.encryptedData");
  }
  const scope = scopeOf(metadata) ?? "strict";
  const copied = scopeOf(mapAt(template, "metadata"));
  if (copied !== undefined && copied !== scope) {
    throw invalid(`its annotations say ${scope}, and those of spec.template say ${copied}`);
  }
  const name = metadata["name"];
  const namespace = metadata["namespace"] ?? undefined;
  if (typeof name !== "string" || name === "") throw invalid("metadata.name is missing");
  if (namespace !== undefined && typeof namespace !== "string") throw invalid("metadata.namespace is not a text");
  const items = readItems(mapAt(spec, "encryptedData"), "spec.encryptedData");
  return { object: { scope, name, namespace }, items, templates: readTemplates(mapAt(template, "data"), items) };
}

/** Undefined where neither annotation is there. */
function scopeOf(metadata: TreeMap): Scope | undefined {
  const values = mapAt(metadata, "annotations");
  return annotations.find(([name]) => values[name] === "true")?.[1];
}

function readItems(map: TreeMap, where: string): ReadonlyMap<string, string> {
  const entries = Object.entries(map).map(([name, value]) => {
    if (typeof value !== "string") throw invalid(`item ${shownName(name)} is not a text`);
    return [name, value] as const;
  });
  if (entries.length === 0) throw invalid(`${where} has no item`);
  if (entries.length > mostItems) throw invalid(`${where} has more than ${mostItems} items`);
  return new Map(entries);
}

/** What cannot be rendered is only refused where it is asked for. */
function readTemplates(map: TreeMap, items: ReadonlyMap<string, string>): SealedDocument["templates"] {
  return new Map(
    Object.entries(map).map(([name, text]) => {
      const pieces = typeof text === "string" ? parseGoTemplate(text) : undefined;
      const known = pieces?.every((piece) => piece.kind === "text" || items.has(piece.name)) === true;
      return [name, known ? pieces : undefined] as const;
    }),
  );
}

type TreeMap = Readonly<Record<string, Tree | undefined>>;

function mapAt(map: TreeMap, name: string): TreeMap {
  const value = map[name] ?? {};
  if (!isMap(value)) throw invalid(`${name} is not a map`);
  return value;
}

function isMap(tree: Tree): tree is Readonly<Record<string, Tree>> {
  return typeof tree === "object" && tree !== null && !Array.isArray(tree) && !ArrayBuffer.isView(tree);
}

function invalid(problem: string): MountError {
  return new MountError("document_invalid", problem);
}
