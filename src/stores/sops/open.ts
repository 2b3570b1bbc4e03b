import { createHash, timingSafeEqual } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { MountError } from "../../model/error.ts";
import { shownKey } from "./budget.ts";
import type { SopsDocument } from "./document.ts";
import { leavesOf, withValues, type Leaf } from "./leaves.ts";
import type { Metadata } from "./metadata.ts";
import type { MapNode, Scalar } from "./node.ts";
import { valueBytes } from "./value-bytes.ts";
import { openSealed, readPlaintext } from "./value.ts";
import { createZone } from "./zone.ts";

/** After so many values, or so many characters of them, other work gets its turn: a few milliseconds. */
const turn = { values: 200, characters: 256 * 1024 };

/** Start of the digest where only encrypted values enter it. */
const macOnlyEncryptedStart = createHash("sha256").update("sops").digest();

/**
 * Decrypts all values and verifies the document's digest over them; nothing is released before that. Comments are left
 * out. Throws MountError `document_rejected`; rejects with the signal's reason.
 */
export async function openDocument(
  document: SopsDocument,
  dataKey: Uint8Array,
  signal: AbortSignal,
): Promise<readonly MapNode[]> {
  const { documents, metadata } = document;
  const hash = createHash("sha512");
  if (metadata.macOnlyEncrypted) hash.update(macOnlyEncryptedStart);
  const values: Scalar[] = [];
  let [count, characters] = [0, 0];
  for (const leaf of leavesOf(documents, createZone(metadata.rule))) {
    count += 1;
    characters += leaf.path.length + (leaf.scalar.kind === "text" ? leaf.scalar.text.length : 0);
    if (count > turn.values || characters > turn.characters) {
      [count, characters] = [0, 0];
      await setImmediate();
      signal.throwIfAborted();
    }
    const value = openLeaf(leaf, dataKey);
    const bytes = leaf.encrypted || !metadata.macOnlyEncrypted ? valueBytes(value) : undefined;
    if (bytes !== undefined) hash.update(bytes);
    values.push(value);
  }
  verify(metadata, dataKey, hash.digest("hex").toUpperCase());
  return withValues(documents, values);
}

/** Null stays null everywhere, and the empty text is never encrypted; both are authenticated by nothing. */
function openLeaf({ scalar, path, encrypted, sealed }: Leaf, dataKey: Uint8Array): Scalar {
  if (!encrypted || scalar.kind === "null") return scalar;
  if (scalar.kind === "text" && scalar.text === "") return scalar;
  const at = shownKey(path.slice(0, -1));
  if (sealed === undefined) throw rejected(`the value at ${at} is not encrypted although the document's rule says so`);
  const plaintext = openSealed(sealed, dataKey, path);
  if (plaintext === undefined) {
    throw rejected(`the value at ${at} cannot be opened: it was changed after encryption, or the key is another one's`);
  }
  const value = readPlaintext(sealed.type, plaintext);
  if (value === undefined) throw rejected(`the value at ${at} is not of the type it is marked with`);
  return value;
}

function verify(metadata: Metadata, dataKey: Uint8Array, computed: string): void {
  const expected = openSealed(metadata.mac, dataKey, metadata.sealedAt);
  if (expected === undefined) {
    throw rejected("its mac cannot be opened: mac or lastmodified was changed, or the key is another one's");
  }
  const actual = Buffer.from(computed, "latin1");
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) {
    throw rejected("its mac does not match its values: it was changed after encryption");
  }
}

function rejected(problem: string): MountError {
  return new MountError("document_rejected", problem);
}
