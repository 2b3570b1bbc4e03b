import { firstSection, IniError, parseGoIni, type IniSection } from "../../../text/go/ini.ts";
import { createBudget, invalid } from "../budget.ts";
import { unflatten } from "../flattened.ts";
import type { Entry, MapNode, Node, ParsedText } from "../node.ts";
import { floatText } from "../value-bytes.ts";

/** Sections of keys, values all text, as the writer's library (ini.v1) reads them. Throws MountError `document_invalid`. */
export function parseIni(text: string): ParsedText {
  const sections = sectionsOf(text);
  const [metadata, another] = sections.filter(({ name }) => name === "sops");
  if (another !== undefined) throw invalid("it has two sections sops");
  const explicit = sections.filter(({ name }) => name === firstSection).length > 1;
  const kept = sections.filter((section) => section !== metadata && (explicit || !isEmptyFirst(section)));
  return {
    documents: [{ kind: "map", entries: kept.map(sectionEntry) }],
    metadata: metadata && unflatten([...metadata.keys]),
  };
}

/** The section of keys before any other is there also where there are none; only beside a written `[DEFAULT]` it counts. */
function isEmptyFirst({ name, keys }: IniSection): boolean {
  return name === firstSection && keys.size === 0;
}

function sectionsOf(text: string): readonly IniSection[] {
  const budget = createBudget();
  try {
    return parseGoIni(text, () => budget.spend(1));
  } catch (thrown) {
    if (thrown instanceof IniError) throw invalid(thrown.message);
    throw thrown;
  }
}

function sectionEntry({ name, keys }: IniSection): Entry {
  const entries = Array.from(keys, ([key, text]): Entry => ({ key, value: { kind: "text", text } }));
  return { key: name, value: { kind: "map", entries } };
}

/** The sections again, without comments, as the writer's library writes them: marks aligned, `DEFAULT` without a header. */
export function emitIni(documents: readonly MapNode[]): Uint8Array {
  const blocks = documents
    .flatMap(({ entries }) => entries)
    .flatMap(({ key, value }, at) => {
      if (value.kind !== "map") throw invalid("a section in it is not a map");
      if (at > 0 || key.toUpperCase() !== firstSection) return [`[${key}]\n${keyLines(value)}`];
      return value.entries.length === 0 ? [] : [keyLines(value)];
    });
  return Buffer.from(blocks.join("\n"), "utf8");
}

function keyLines({ entries }: MapNode): string {
  const lines = entries.map(({ key, value }) => ({ key: quotedKey(key), text: quoted(textOf(value)) }));
  const width = Math.max(0, ...lines.map(({ key }) => Buffer.byteLength(key)));
  return lines.map(({ key, text }) => `${key}${" ".repeat(width - Buffer.byteLength(key))} = ${text}\n`).join("");
}

function textOf(value: Node): string {
  if (value.kind === "text" || value.kind === "time") return value.text;
  if (value.kind === "float") return floatText(value.value);
  if (value.kind === "int" || value.kind === "bool") return String(value.value);
  if (value.kind === "bytes") throw invalid("a value in it is not text; an ini file cannot hold it");
  return "";
}

function quotedKey(key: string): string {
  if (/["=:]/.test(key)) return `\`${key}\``;
  return key.includes("`") ? `"""${key}"""` : key;
}

/** As the writer's library does it; it leaves quotes around a whole value to be lost when that is read again. */
function quoted(text: string): string {
  if (/[\n`]/.test(text)) return `"""${text}"""`;
  if (/[#;]/.test(text)) return `\`${text}\``;
  return text.trim() === text ? text : `"${text}"`;
}
