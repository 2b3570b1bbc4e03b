import type { Keyring } from "../../keys/contract.ts";
import { MountError } from "../../model/error.ts";
import type { Outcome, Tree } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import { sessionKey, type Session } from "../../model/session.ts";
import type { Store } from "../../model/store.ts";
import { rememberParsed } from "../../documents/remember-parsed.ts";
import { textOrBytes } from "../../text/codecs/text-or-bytes.ts";
import { treeBytes } from "../../text/tree-bytes.ts";
import type { TemplatePiece } from "./go-template.ts";
import { openItems } from "./open.ts";
import { parseRef, type SealedParams, type SealedRef } from "./language.ts";
import { parseSealed } from "./sealed-document.ts";
import { createUnsealer, type Unsealer } from "./unseal.ts";

export { parseSealed, type SealedDocument } from "./sealed-document.ts";

/** What the store is wired with. */
export interface SealedSecretsWiring {
  readonly keyring: Keyring;
}

/**
 * Values sealed with kubeseal and carried by the manifest itself, as SealedSecret objects or bare. The value is one
 * item's plaintext, or without `key` all items as JSON.
 */
export function createSealedSecretsStore({ keyring }: SealedSecretsWiring): Store<SealedParams, SealedRef | undefined> {
  const parse = rememberParsed(parseSealed);
  const unsealer = createUnsealer();
  return {
    kind: "sealed-secrets",
    params: () => ({}),
    ref: (fields, object) => parseRef(fields, object, parse),
    addresses: () => [],
    sessionKey: (_, pod) => sessionKey("sealed-secrets", {}, pod),
    refKey: (ref) => ref?.digest ?? "",
    // Not keeping the answer makes a withdrawn key or grant count at once.
    handling: () => ({ share: "in-flight", repeatable: true }),
    audience: () => undefined,
    fetch: (refs, session, signal) => Promise.all(refs.map((ref) => openRef(ref, keyring, unsealer, session, signal))),
  };
}

async function openRef(
  ref: SealedRef | undefined,
  { sealedSecrets }: Keyring,
  unsealer: Unsealer,
  { pod }: Session<SealedParams>,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    signal.throwIfAborted();
    if (ref === undefined) throw new MountError("document_invalid", "the document could not be parsed");
    const items = await openItems(ref, pod, sealedSecrets, unsealer, signal);
    return { kind: "found", version: ref.digest, ...valueOf(ref, items) };
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: "failed", error: MountError.from(thrown) };
  }
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
