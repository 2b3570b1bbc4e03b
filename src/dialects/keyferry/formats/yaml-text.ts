import { Document, Scalar, type ScalarTag } from "yaml";
import { NumberText } from "../../../model/number-text.ts";
import type { Tree } from "../../../model/outcome.ts";
import { isList, isMap, sorted } from "./data.ts";

/** Text that no reader takes for anything but text, once the library has looked for words such as `yes`. */
const plain = /^[A-Za-z_](?:[A-Za-z0-9_./@ -]*[A-Za-z0-9_])?$/u;

/** Lines that can stand as a block without any escape: no control character, no blank before or after them. */
const block = /^[!-~](?:[ -~]*[!-~])?(?:\n[!-~](?:[ -~]*[!-~])?)*\n?$/u;

/** Characters that some readers take for a line end or refuse unless escaped; they stand in double quotes only. */
const escaped =
  /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Numbers whose text is to be kept. */
const numberTag: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  identify: (value) => value instanceof NumberText,
  stringify: ({ value }) => (value instanceof NumberText ? value.text : ""),
  resolve: (text) => text,
};

/** Data as a YAML document. */
export function yamlText(data: Tree): string {
  const document = new Document(node(sorted(data)), {
    version: "1.2",
    compat: "yaml-1.1",
    aliasDuplicateObjects: false,
    customTags: (tags) => [numberTag, ...tags, "binary"],
  });
  return document.toString({ lineWidth: 0 }).replaceAll(escaped, escape);
}

function node(data: Tree): unknown {
  if (typeof data === "string") return text(data);
  if (isList(data)) return data.map(node);
  if (isMap(data)) return new Map(Object.entries(data).map(([key, value]) => [text(key, true), node(value)]));
  if (ArrayBuffer.isView(data) || data instanceof NumberText) return new Scalar(data);
  return data;
}

function text(value: string, isKey = false): Scalar<string> {
  const scalar = new Scalar(value);
  scalar.type = plain.test(value) ? "PLAIN" : "QUOTE_DOUBLE";
  if (!isKey && value.includes("\n") && block.test(value)) scalar.type = "BLOCK_LITERAL";
  return scalar;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
