import { packTree } from "../../text/read-tree.ts";
import { parseDocument } from "./document.ts";
import { formats } from "./formats/index.ts";
import type { Metadata } from "./metadata.ts";
import { openDocument } from "./open.ts";
import { treeOf } from "./tree.ts";
import type { Opened, SopsText } from "./jobs.ts";

/** Does the job `sops-outline`. Throws MountError `document_invalid`. */
export function outline({ text, format }: SopsText): Metadata {
  return parseDocument(text, format).metadata;
}

/** Does the job `sops-open`. Rejects with MountError `document_rejected`, and `budget_exceeded` for too many values. */
export async function openHeavy({
  text,
  format,
  dataKey,
}: SopsText & { readonly dataKey: Uint8Array }): Promise<Opened> {
  const document = parseDocument(text, format);
  // Nobody waits beside it: the process is ended as a whole.
  const documents = await openDocument(document, dataKey, new AbortController().signal);
  dataKey.fill(0);
  return { value: formats[document.format].emit(documents), tree: packTree(treeOf(documents)) };
}
