import { MountError } from "../../model/error.ts";
import type { Tree } from "../../model/outcome.ts";
import { treeOfYaml } from "../tree.ts";
import { coreValue } from "./core-scalar.ts";
import type { YamlNode, YamlScalar } from "./syntax/node.ts";
import { documentsWithContent, readYaml } from "./yaml.ts";

/** A text in a YAML document: a value or a key. */
export interface TemplateScalar {
  /** What the scalar means, without quotes, escapes and indentation. */
  readonly text: string;
  /** Where it starts, from 1. */
  readonly line: number;
  /** Its own tag, such as `!vault`. */
  readonly tag: string | undefined;
  readonly isKey: boolean;
}

/** A document whose texts were exchanged. */
export interface RenderedTemplate {
  /** The document as it was written, but for the exchanged texts. A document that is one text is that text alone. */
  readonly bytes: Uint8Array;
  /** The document as data; null where it cannot be had. */
  readonly tree: () => Tree;
}

/** A YAML or JSON document whose texts can be exchanged without any of them becoming structure. */
export interface YamlTemplate {
  readonly scalars: readonly TemplateScalar[];
  /** The tag of an exchanged text is left out. Throws MountError `document_rejected` when a key becomes too long. */
  render(values: ReadonlyMap<TemplateScalar, string | Uint8Array>): RenderedTemplate;
}

/** Longest key that YAML readers must accept. */
const longestKey = 1000;

interface Placed extends TemplateScalar {
  readonly node: YamlScalar;
}

/** Parses one YAML or JSON document. Throws MountError `document_invalid`, with the line of a mistake. */
export function parseYamlTemplate(text: string): YamlTemplate {
  const root = parseOne(text);
  const scalars: Placed[] = [];
  collect(root, false, (node, isKey) => {
    if (typeof coreValue(node) !== "string") return;
    const tag = node.tag === "" ? undefined : node.tag;
    scalars.push({ text: node.text, line: node.start.line + 1, tag, node, isKey });
  });
  return { scalars, render: (values) => render(text, root, scalars, values) };
}

/** What stands in further documents that say nothing is left as it is. */
function parseOne(text: string): YamlNode {
  const { documents, problems } = readYaml(text, "any");
  const [broken] = problems;
  if (broken !== undefined) {
    throw new MountError("document_invalid", `it is not valid YAML at line ${broken.line}: ${broken.message}`);
  }
  const [document, another] = documentsWithContent(documents);
  if (document === undefined) throw new MountError("document_invalid", "it is empty");
  if (another !== undefined) throw new MountError("document_invalid", "it holds more than one YAML document");
  return document.root;
}

/** Every scalar in the order of the text; depth is bounded by the parser. What an alias stands for is visited once. */
function collect(node: YamlNode, isKey: boolean, visit: (node: YamlScalar, isKey: boolean) => void): void {
  if (node.kind === "scalar") visit(node, isKey);
  if (node.kind === "list") for (const item of node.items) collect(item, false, visit);
  if (node.kind !== "map") return;
  for (const { key, value } of node.pairs) {
    collect(key, true, visit);
    collect(value, false, visit);
  }
}

function render(
  text: string,
  document: YamlNode,
  scalars: readonly Placed[],
  values: ReadonlyMap<TemplateScalar, string | Uint8Array>,
): RenderedTemplate {
  const exchanged = scalars.flatMap((scalar) => {
    const value = values.get(scalar);
    return value === undefined ? [] : [{ scalar, value }];
  });
  const replaced = new Map<YamlNode, string | Uint8Array>(exchanged.map(({ scalar, value }) => [scalar.node, value]));
  const tree = () => treeOfYaml(document, replaced) ?? null;
  const root = replaced.get(document);
  if (root !== undefined) return { bytes: Buffer.from(root), tree };
  const pieces: string[] = [];
  let at = 0;
  for (const { scalar, value } of exchanged) {
    const { outer, start, end } = scalar.node;
    pieces.push(
      text.slice(at, outer.offset),
      withoutTag(text.slice(outer.offset, start.offset)),
      quoted(value, scalar),
    );
    at = end;
  }
  return { bytes: Buffer.from(pieces.join("") + text.slice(at), "utf8"), tree };
}

/** The anchor of a scalar, as it is written, without its tag. */
function withoutTag(properties: string): string {
  return properties.replace(/(^|\s)![^\s]*\s?/u, "$1");
}

/** In double quotes, as both YAML and JSON read it: nothing in it can end it or become structure. */
function quoted(value: string | Uint8Array, { isKey, line }: Placed): string {
  const text =
    typeof value === "string"
      ? JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/gu, escape)
      : `!!binary "${Buffer.from(value).toString("base64")}"`;
  if (!isKey || text.length <= longestKey) return text;
  throw new MountError("document_rejected", `the key at line ${line} becomes longer than ${longestKey} characters`);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
