import { goFloat64 } from "../../../text/go/float.ts";
import type { Entry, MapNode, Node, Scalar } from "../node.ts";

/** YAML in block style that YAML 1.1 and 1.2 readers understand alike; comments are left out. */
export function emitYaml(documents: readonly MapNode[]): Uint8Array {
  const texts = documents.map((document) => (document.entries.length === 0 ? "{}\n" : mapLines(document, "")));
  return Buffer.from(texts.join("---\n"), "utf8");
}

const step = "    ";

/** Readers take a key without the mark `? ` only up to 1024 characters. */
const longestKey = 1000;

function mapLines(map: MapNode, indent: string): string {
  return map.entries.map((entry) => `${indent}${keyText(entry, indent)}:${behind(entry.value, indent)}`).join("");
}

/** What follows a key: a value in the same line, or lines of their own. */
function behind(node: Node, indent: string): string {
  const deeper = indent + step;
  if (node.kind === "map" && node.entries.length > 0) return `\n${mapLines(node, deeper)}`;
  if (node.kind === "list" && node.items.length > 0) return `\n${listLines(node.items, deeper)}`;
  const armor = node.kind === "text" && armored.test(node.text);
  return armor ? ` |\n${node.text.replace(/^(?=.)/gmu, deeper)}` : ` ${leafText(node)}\n`;
}

/** Text that reads the same as a block of its own lines. */
const armored = /^-----BEGIN [A-Z ]+-----\n(?:[A-Za-z0-9+/=]+\n)+-----END [A-Z ]+-----\n$/;

function listLines(items: readonly Node[], indent: string): string {
  return items.map((item) => `${indent}- ${itemText(item, indent)}`).join("");
}

/** A collection in a list starts in the line of its dash, two columns further in. */
function itemText(item: Node, indent: string): string {
  const deeper = `${indent}  `;
  if (item.kind === "map" && item.entries.length > 0) return mapLines(item, deeper).slice(deeper.length);
  if (item.kind === "list" && item.items.length > 0) return listLines(item.items, deeper).slice(deeper.length);
  return `${leafText(item)}\n`;
}

function keyText({ key, merge }: Entry, indent: string): string {
  if (merge) return "!!merge <<";
  const literal = textLiteral(key);
  return literal.length > longestKey
    ? `? ${literal}
${indent}`
    : literal;
}

function leafText(node: Node): string {
  if (node.kind === "map") return "{}";
  if (node.kind === "list") return "[]";
  return scalarText(node);
}

function scalarText(scalar: Scalar): string {
  switch (scalar.kind) {
    case "null":
    case "comment":
      return "null";
    case "text":
      return textLiteral(scalar.text);
    case "bytes":
      return `!!binary ${Buffer.from(scalar.bytes).toString("base64")}`;
    case "int":
    case "bool":
      return String(scalar.value);
    case "float":
      return floatLiteral(scalar.value);
    case "time":
      return scalar.text;
  }
}

function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  // Without its fraction it would be read as the whole number 0, which the digest tells from it.
  return Object.is(value, -0) ? "-0.0" : goFloat64(value);
}

/** Words that some YAML reader takes for something else than text. */
const words = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** Plain only where no reader could see anything but this text; else in double quotes, where JSON is YAML. */
function textLiteral(text: string): string {
  if (/^ENC\[AES256_GCM,[\w,:+/=]+\]$/.test(text)) return text;
  if (/^[A-Za-z/][\w./@+-]*$/.test(text) && !words.test(text)) return text;
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
