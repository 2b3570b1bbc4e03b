import { invalid } from "../budget.ts";
import type { MapNode, ParsedText } from "../node.ts";
import { valueBytes } from "../value-bytes.ts";
import { parseJson } from "./json.ts";

/** A JSON object that holds one file as its only key `data`. */
export function parseBinary(text: string): ParsedText {
  const parsed = parseJson(text);
  const entries = parsed.documents[0]?.entries ?? [];
  const fits = entries.length === 1 && entries[0]?.key === "data" && entries[0].value.kind === "text";
  if (parsed.metadata !== undefined && !fits) {
    throw invalid("it holds more than the one text data; it is a json document");
  }
  return parsed;
}

/** The file's bytes. */
export function emitBinary(documents: readonly MapNode[]): Uint8Array {
  const value = documents[0]?.entries[0]?.value;
  const single = value !== undefined && value.kind !== "map" && value.kind !== "list";
  return (single ? valueBytes(value) : undefined) ?? new Uint8Array();
}
