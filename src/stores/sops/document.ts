import { invalid } from "./budget.ts";
import { formats, sniffFormat, type FormatName } from "./formats/index.ts";
import { limits } from "./limits.ts";
import { readMetadata, type Metadata } from "./metadata.ts";
import type { MapNode } from "./node.ts";

/** A document as its author wrote it: parsed, nothing decrypted. */
export interface SopsDocument {
  readonly format: FormatName;
  readonly documents: readonly MapNode[];
  readonly metadata: Metadata;
}

/** Parses a document; without a format, the text's own looks decide. Throws MountError `document_invalid`. */
export function parseDocument(text: string, format?: FormatName): SopsDocument {
  if (Buffer.byteLength(text, "utf8") > limits.bytes) throw invalid(`it is larger than ${limits.bytes} bytes`);
  const clean = text.startsWith("\ufeff") ? text.slice(1) : text;
  const known = format ?? sniffFormat(clean);
  if (known === undefined) throw unencrypted();
  const { documents, metadata } = formats[known].parse(clean);
  if (metadata === undefined) throw unencrypted();
  return { format: known, documents, metadata: readMetadata(metadata) };
}

function unencrypted() {
  return invalid("it is not encrypted: it has no sops metadata");
}
