import type { Keyring } from "../../keys/key-service.ts";
import { MountError } from "../../model/error.ts";
import type { Found, Outcome } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import { sessionKey, type Session } from "../../model/session.ts";
import type { Store } from "../../model/store.ts";
import { openDataKey } from "./data-key.ts";
import { formats } from "./formats/index.ts";
import { openDocument } from "./open.ts";
import { parseRef, type SopsParams, type SopsRef } from "./params.ts";
import { treeOf } from "./tree.ts";

/** What the store is wired with. */
export interface SopsWiring {
  readonly keyring: Keyring;
}

/**
 * Documents encrypted with SOPS and carried by the manifest itself, opened with the operator's keys. The value is the
 * whole document in its own format without metadata and comments; for JMESPath, the first document of a YAML stream.
 */
export function createSopsStore({ keyring }: SopsWiring): Store<SopsParams, SopsRef> {
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
      for (const ref of refs) outcomes.push(await openRef(ref, keyring, session, signal));
      return outcomes;
    },
  };
}

async function openRef(
  ref: SopsRef,
  keyring: Keyring,
  session: Session<SopsParams>,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return await open(ref, keyring, session, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: "failed", error: MountError.from(thrown) };
  }
}

async function open(
  { document, digest }: SopsRef,
  keyring: Keyring,
  session: Session<SopsParams>,
  signal: AbortSignal,
): Promise<Found> {
  if (document === undefined) throw new MountError("document_invalid", "the document could not be parsed");
  const dataKey = await openDataKey(document.metadata, keyring, { pod: session.pod, tokens: session.tokens, signal });
  try {
    const documents = await openDocument(document, dataKey, signal);
    const value = new Secret(formats[document.format].emit(documents));
    return { kind: "found", value, version: digest, tree: () => treeOf(documents) };
  } finally {
    dataKey.fill(0);
  }
}

export { formatNames, type FormatName } from "./formats/index.ts";
export { sealText, type Sealing, type SealRecipient } from "./seal.ts";
