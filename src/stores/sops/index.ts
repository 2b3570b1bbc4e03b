import type { Keyring } from "../../keys/contract.ts";
import { MountError } from "../../model/error.ts";
import type { Found, Outcome } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import { sessionKey, type Session } from "../../model/session.ts";
import type { Store } from "../../model/store.ts";
import { openDataKey } from "./data-key.ts";
import { formats } from "./formats/index.ts";
import { createNewestSeen, type NewestSeen } from "./newest-seen.ts";
import { openDocument } from "./open.ts";
import { parseRef, type SopsParams, type SopsRef } from "./language.ts";
import { treeOf } from "./tree.ts";

/** What the store is wired with. */
export interface SopsWiring {
  readonly keyring: Keyring;
  /** Whether a document older than one that was mounted before is refused. */
  readonly refuseOlder?: boolean;
}

/**
 * Documents encrypted with SOPS and carried by the manifest itself, opened with the operator's keys. The value is the
 * whole document in its own format without metadata and comments; for JMESPath, the first document of a YAML stream.
 */
export function createSopsStore({ keyring, refuseOlder }: SopsWiring): Store<SopsParams, SopsRef> {
  const opening = { keyring, newest: refuseOlder === true ? createNewestSeen() : undefined };
  return {
    kind: "sops",
    params: () => ({}),
    ref: (fields, object) => parseRef(fields, object, keyring.kinds),
    addresses: () => [],
    sessionKey: (_, pod) => sessionKey("sops", {}, pod),
    refKey: (ref) => ref.digest,
    // Opening takes milliseconds; not keeping the answer makes a withdrawn key or grant count at once.
    handling: () => ({ share: "in-flight", repeatable: true }),
    audience: () => undefined,
    async fetch(refs, session, signal) {
      const outcomes: Outcome[] = [];
      for (const ref of refs) outcomes.push(await openRef(ref, opening, session, signal));
      return outcomes;
    },
  };
}

interface Opening {
  readonly keyring: Keyring;
  readonly newest: NewestSeen | undefined;
}

async function openRef(
  ref: SopsRef,
  opening: Opening,
  session: Session<SopsParams>,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return await open(ref, opening, session, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: "failed", error: MountError.from(thrown) };
  }
}

async function open(
  { document, digest, objectName }: SopsRef,
  { keyring, newest }: Opening,
  session: Session<SopsParams>,
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
