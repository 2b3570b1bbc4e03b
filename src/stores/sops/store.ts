import { carriedStore, type NoParams } from "../../documents/carried-store.ts";
import type { Keyring } from "../../keys/contract.ts";
import { MountError } from "../../model/error.ts";
import type { Found } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import type { Session } from "../../model/session.ts";
import type { StoreKind } from "../../model/store.ts";
import { openDataKey } from "./data-key.ts";
import { formats } from "./formats/index.ts";
import { createNewestSeen, type NewestSeen } from "./newest-seen.ts";
import { openDocument } from "./open.ts";
import { parseRef, type SopsRef } from "./language.ts";
import { treeOf } from "./tree.ts";

/** How the store treats documents. */
export interface SopsOptions {
  /** Whether a document older than one that was mounted before is refused. */
  readonly refuseOlder: boolean;
}

/** What opening needs. */
export interface SopsDeps {
  readonly keyring: Keyring;
}

/**
 * Documents encrypted with SOPS and carried by the manifest itself, opened with the operator's keys. The value is the
 * whole document in its own format without metadata and comments; for JMESPath, the first document of a YAML stream.
 */
export function createSopsStore({ refuseOlder }: SopsOptions): StoreKind<NoParams, SopsRef | undefined, SopsDeps> {
  return carriedStore("sops", parseRef, ({ keyring }) => {
    const opening = { keyring, newest: refuseOlder ? createNewestSeen() : undefined };
    return (ref, session, signal) => open(ref, opening, session, signal);
  });
}

interface Opening {
  readonly keyring: Keyring;
  readonly newest: NewestSeen | undefined;
}

async function open(
  { document, digest, objectName }: SopsRef,
  { keyring, newest }: Opening,
  session: Session<NoParams>,
  signal: AbortSignal,
): Promise<Found> {
  if (document === undefined) throw new MountError("document_invalid", "the document could not be parsed");
  const dataKey = await openDataKey(document.metadata, keyring, { pod: session.pod, tokens: session.tokens, signal });
  try {
    const documents = await openDocument(document, dataKey, signal);
    newest?.check(session.pod, objectName, document.metadata.sealedAt);
    const value = new Secret(formats[document.format].emit(documents));
    return { kind: "found", value, version: digest, tree: () => treeOf(documents) };
  } finally {
    dataKey.fill(0);
  }
}

export { formatNames, type FormatName } from "./formats/index.ts";
export { sealText, type Sealing, type SealRecipient } from "./seal.ts";
