import { isScalar, isCollection, isPair, type Document, type Scalar } from "yaml";
import { LineCounter, parseAllDocuments } from "yaml";
import { MountError } from "../../model/error.ts";
import type { Tree } from "../../model/outcome.ts";
import { checkYamlCost } from "./check-cost.ts";
import { treeOfYaml } from "../tree.ts";
import { yamlSentence } from "./yaml.ts";

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
  readonly node: Scalar.Parsed;
}

/** Parses one YAML or JSON document. Throws MountError `document_invalid`, with the line of a mistake. */
export function parseYamlTemplate(text: string): YamlTemplate {
  checkYamlCost(text);
  const lines = new LineCounter();
  const document = parseOne(text, lines);
  const scalars: Placed[] = [];
  collect(document.contents, false, (node, isKey) => {
    if (typeof node.value !== "string") return;
    const { line } = lines.linePos(node.range[0]);
    scalars.push({ text: node.value, line: Math.max(line, 1), tag: node.tag, node, isKey });
  });
  return { scalars, render: (values) => render(text, document, scalars, values) };
}

function parseOne(text: string, lineCounter: LineCounter): Document.Parsed {
  const options = { schema: "core", intAsBigInt: true, uniqueKeys: false, prettyErrors: false, lineCounter } as const;
  const documents = [...parseAllDocuments(text, options)] as Document.Parsed[];
  const broken = documents.flatMap((document) => document.errors)[0];
  if (broken !== undefined) {
    const { line } = lineCounter.linePos(broken.pos[0]);
    throw new MountError("document_invalid", `it is not valid YAML at line ${line}: ${yamlSentence(broken.code)}`);
  }
  const [document, ...more] = documents;
  if (document === undefined) throw new MountError("document_invalid", "it is empty");
  if (more.length > 0) throw new MountError("document_invalid", "it holds more than one YAML document");
  return document;
}

/** Every scalar in the order of the text; depth is bounded by `checkYamlCost` and the parser. */
function collect(node: unknown, isKey: boolean, visit: (node: Scalar.Parsed, isKey: boolean) => void): void {
  if (isScalar(node)) visit(node as Scalar.Parsed, isKey);
  else if (isPair(node)) {
    collect(node.key, true, visit);
    collect(node.value, false, visit);
  } else if (isCollection(node)) for (const item of node.items) collect(item, false, visit);
}

function render(
  text: string,
  document: Document.Parsed,
  scalars: readonly Placed[],
  values: ReadonlyMap<TemplateScalar, string | Uint8Array>,
): RenderedTemplate {
  const exchanged = scalars.flatMap((scalar) => {
    const value = values.get(scalar);
    return value === undefined ? [] : [{ scalar, value }];
  });
  const replaced = new Map<unknown, string | Uint8Array>(exchanged.map(({ scalar, value }) => [scalar.node, value]));
  const tree = () => treeOfYaml(document, replaced) ?? null;
  const root = replaced.get(document.contents);
  if (root !== undefined) return { bytes: Buffer.from(root), tree };
  const pieces: string[] = [];
  let at = 0;
  for (const { scalar, value } of exchanged) {
    const [start, end] = scalar.node.range;
    pieces.push(
      withoutTag(text.slice(at, start), scalar),
      quoted(value, scalar),
      text.slice(start, end).endsWith("\n") ? "\n" : "",
    );
    at = end;
  }
  return { bytes: Buffer.from(pieces.join("") + text.slice(at), "utf8"), tree };
}

/** What stands before a scalar, without its tag. */
function withoutTag(before: string, { tag, line }: TemplateScalar): string {
  if (tag === undefined) return before;
  const start = before.lastIndexOf(tag);
  const around = [before[start - 1] ?? " ", before[start + tag.length] ?? ""];
  if (start === -1 || !/^[\s[{,:?-]$/u.test(around[0] ?? "") || !/^\s$/u.test(around[1] ?? "")) {
    throw new MountError("document_invalid", `the tag at line ${line} is written in a form that is not supported`);
  }
  return before.slice(0, start) + before.slice(start + tag.length + 1);
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
