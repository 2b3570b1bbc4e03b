import type { MapNode, ParsedText } from "../node.ts";
import { emitBinary, parseBinary } from "./binary.ts";
import { emitDotenv, parseDotenv } from "./dotenv.ts";
import { emitIni, parseIni } from "./ini.ts";
import { emitJson } from "./json-emit.ts";
import { parseJson } from "./json.ts";
import { emitYaml } from "./yaml-emit.ts";
import { parseYaml } from "./yaml.ts";

/** How a document's text is built. Both throw MountError `document_invalid`. */
interface Format {
  parse(text: string): ParsedText;
  /** The text without metadata and comments, in the same form. */
  emit(documents: readonly MapNode[]): Uint8Array;
}

/** Names of the forms, as an object's field `format` spells them. */
export const formatNames = ["yaml", "json", "dotenv", "ini", "binary"] as const;

export type FormatName = (typeof formatNames)[number];

export const formats: Readonly<Record<FormatName, Format>> = {
  yaml: { parse: parseYaml, emit: emitYaml },
  json: { parse: parseJson, emit: emitJson },
  dotenv: { parse: parseDotenv, emit: emitDotenv },
  ini: { parse: parseIni, emit: emitIni },
  binary: { parse: parseBinary, emit: emitBinary },
};

/** The form that a text shows; undefined if none. Never `binary`, which looks like `json`. */
export function sniffFormat(text: string): FormatName | undefined {
  if (/^\s*\{/.test(text)) return "json";
  if (/^(?:sops|"sops"|'sops')\s*:/m.test(text)) return "yaml";
  if (/^sops_mac=/m.test(text)) return "dotenv";
  return /^[ \t]*\[sops\]/m.test(text) ? "ini" : undefined;
}
