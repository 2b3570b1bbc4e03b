import { flatten } from "../flattened.ts";
import type { Entry, MapNode, Node, ParsedText } from "../node.ts";
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
  /** The text of encrypted documents with their metadata. */
  emitSealed(documents: readonly MapNode[], metadata: MapNode): Uint8Array;
}

/** Names of the forms, as an object's field `format` spells them. */
export const formatNames = ["yaml", "json", "dotenv", "ini", "binary"] as const;

export type FormatName = (typeof formatNames)[number];

export const formats: Readonly<Record<FormatName, Format>> = {
  yaml: {
    parse: parseYaml,
    emit: emitYaml,
    emitSealed: (documents, metadata) => emitYaml(withKey(documents, metadata)),
  },
  json: {
    parse: parseJson,
    emit: emitJson,
    emitSealed: (documents, metadata) => emitJson(withKey(documents, metadata)),
  },
  dotenv: { parse: parseDotenv, emit: emitDotenv, emitSealed: emitSealedDotenv },
  ini: { parse: parseIni, emit: emitIni, emitSealed: emitSealedIni },
  binary: {
    parse: parseBinary,
    emit: emitBinary,
    emitSealed: (documents, metadata) => emitJson(withKey(documents, metadata)),
  },
};

/** Metadata stands in every document of a YAML stream, as the original program has it. */
function withKey(documents: readonly MapNode[], metadata: MapNode): readonly MapNode[] {
  return documents.map(({ entries }) => ({ kind: "map", entries: [...entries, { key: "sops", value: metadata }] }));
}

function emitSealedDotenv(documents: readonly MapNode[], metadata: MapNode): Uint8Array {
  const entries = textEntries(flatten(metadata).map(([key, text]) => [`sops_${key}`, text]));
  return emitDotenv([...documents, { kind: "map", entries }]);
}

function emitSealedIni(documents: readonly MapNode[], metadata: MapNode): Uint8Array {
  const section: Node = { kind: "map", entries: textEntries(flatten(metadata)) };
  return emitIni([...documents, { kind: "map", entries: [{ key: "sops", value: section }] }]);
}

function textEntries(lines: readonly (readonly [string, string])[]): readonly Entry[] {
  return lines.map(([key, text]) => ({ key, value: { kind: "text", text } }));
}

/** The form that a text shows; undefined if none. Never `binary`, which looks like `json`. */
export function sniffFormat(text: string): FormatName | undefined {
  if (/^\s*\{/.test(text)) return "json";
  if (/^(?:sops|"sops"|'sops')\s*:/m.test(text)) return "yaml";
  if (/^sops_mac=/m.test(text)) return "dotenv";
  return /^[ \t]*\[sops\]/m.test(text) ? "ini" : undefined;
}
