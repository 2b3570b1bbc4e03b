import { job } from "../../model/compute.ts";
import type { PackedTree } from "../../text/read-tree.ts";
import type { FormatName } from "./formats/index.ts";
import type { Metadata } from "./metadata.ts";

/** A document as its author wrote it. */
export interface SopsText {
  readonly text: string;
  readonly format: FormatName | undefined;
}

/** A document, decrypted: the file of it, and the same as data. */
export interface Opened {
  readonly value: Uint8Array;
  readonly tree: PackedTree;
}

/** Reads the metadata of a document that takes long to read. Refuses as `parseDocument` does. */
export const outlineJob = job<SopsText, Metadata>("sops-outline", "reading the document");

/** Opens such a document, or one whose rule takes long. Refuses as `openDocument` does. */
export const openJob = job<SopsText & { readonly dataKey: Uint8Array }, Opened>("sops-open", "opening the document");
