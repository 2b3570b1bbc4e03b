import { carriedStore, type NoParams } from "../../documents/carried-store.ts";
import type { Keyring } from "../../keys/contract.ts";
import type { Tree } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import type { StoreKind } from "../../model/store.ts";
import { rememberParsed } from "../../documents/remember-parsed.ts";
import { textOrBytes } from "../../text/codecs/text-or-bytes.ts";
import { treeBytes } from "../../text/tree-bytes.ts";
import type { TemplatePiece } from "./go-template.ts";
import { openItems } from "./open.ts";
import { parseRef, type SealedRef } from "./language.ts";
import { parseSealed } from "./sealed-document.ts";
import { createUnsealer } from "./unseal.ts";

export { parseSealed, type SealedDocument } from "./sealed-document.ts";

/** What opening needs. */
export interface SealedSecretsDeps {
  readonly keyring: Keyring;
}

/**
 * Values sealed with kubeseal and carried by the manifest itself, as SealedSecret objects or bare. The value is one
 * item's plaintext, or without `key` all items as JSON.
 */
export function createSealedSecretsStore(): StoreKind<NoParams, SealedRef | undefined, SealedSecretsDeps> {
  const parse = rememberParsed(parseSealed);
  return carriedStore(
    "sealed-secrets",
    (fields, object) => parseRef(fields, object, parse),
    ({ keyring }) => {
      const unsealer = createUnsealer();
      return async (ref, { pod }, signal) => {
        const items = await openItems(ref, pod, keyring, unsealer, signal);
        return { kind: "found", version: ref.digest, ...valueOf(ref, items) };
      };
    },
  );
}

function valueOf({ output }: SealedRef, items: ReadonlyMap<string, Buffer>): { value: Secret; tree?: () => Tree } {
  if (isPieces(output)) return { value: new Secret(joined(output, items)) };
  const tree = Object.create(null) as Record<string, Tree>;
  for (const [name, pieces] of output) tree[name] = textOrBytes(joined(pieces, items));
  return { value: new Secret(treeBytes(tree) ?? Buffer.alloc(0)), tree: () => tree };
}

function joined(pieces: readonly TemplatePiece[], items: ReadonlyMap<string, Buffer>): Buffer {
  return Buffer.concat(
    pieces.map((piece) =>
      piece.kind === "text" ? Buffer.from(piece.text) : (items.get(piece.name) ?? Buffer.alloc(0)),
    ),
  );
}

function isPieces(output: SealedRef["output"]): output is readonly TemplatePiece[] {
  return Array.isArray(output);
}
