import { rememberFailures } from "../../documents/remember-failures.ts";
import { carriedStore, type NoParams } from "../../documents/carried-store.ts";
import type { Keyring } from "../../keys/contract.ts";
import type { Compute, Turn } from "../../model/compute.ts";
import { MountError } from "../../model/error.ts";
import type { Found, Tree } from "../../model/outcome.ts";
import { Secret } from "../../model/secret.ts";
import type { Session } from "../../model/session.ts";
import type { StoreKind } from "../../model/store.ts";
import { openDataKey } from "./data-key.ts";
import { formats } from "./formats/index.ts";
import { createNewestSeen, type NewestSeen } from "./newest-seen.ts";
import { openDocument } from "./open.ts";
import type { SopsDocument } from "./document.ts";
import { createLanguage, kindProblem, type SopsRef } from "./language.ts";
import { treeOf } from "./tree.ts";
import { unpackTree } from "../../text/read-tree.ts";
import { openJob, outlineJob, type SopsText } from "./jobs.ts";

/** How the store treats documents. */
export interface SopsOptions {
  /** Whether a document older than one that was mounted before is refused. */
  readonly refuseOlder: boolean;
}

/** What opening needs. */
export interface SopsDeps {
  readonly keyring: Keyring;
  readonly compute: Compute;
}

/**
 * Documents encrypted with SOPS and carried by the manifest itself, opened with the operator's keys. The value is the
 * whole document in its own format without metadata and comments; for JMESPath, the first document of a YAML stream.
 */
export function createSopsStore({ refuseOlder }: SopsOptions): StoreKind<NoParams, SopsRef | undefined, SopsDeps> {
  return carriedStore("sops", createLanguage(), ({ keyring, compute }) => {
    const newest = refuseOlder ? createNewestSeen() : undefined;
    const opening = { keyring, compute, newest, remembered: rememberFailures() };
    return (ref, session, signal) => open(ref, opening, session, signal);
  });
}

interface Opening extends SopsDeps {
  readonly newest: NewestSeen | undefined;
  readonly remembered: ReturnType<typeof rememberFailures>;
}

/** A document that takes long to read or to open is never touched on this thread. */
async function open(
  ref: SopsRef,
  { keyring, compute, newest, remembered }: Opening,
  session: Session<NoParams>,
  signal: AbortSignal,
): Promise<Found> {
  const { text, format, document, digest, objectName } = ref;
  const turn = { tenant: session.pod.namespace, signal };
  const metadata =
    document?.metadata ?? (await remembered(digest, () => compute.run(outlineJob, { text, format }, turn)));
  const problem = kindProblem(metadata);
  if (problem !== undefined) throw new MountError("document_invalid", problem);
  const { key, pod, tokens } = session;
  const dataKey = await openDataKey(metadata, keyring, { session: key, pod, tokens, signal });
  try {
    const { value, tree } =
      document === undefined
        ? await remembered(digest, () => openElsewhere({ text, format, dataKey }, compute, turn))
        : await openHere(document, dataKey, signal);
    newest?.check(session.pod, objectName, metadata.sealedAt);
    return { kind: "found", value: new Secret(value), version: digest, tree };
  } finally {
    dataKey.fill(0);
  }
}

/** Plaintext, and the same as data. */
interface Plain {
  readonly value: Uint8Array;
  readonly tree: () => Tree;
}

async function openHere(document: SopsDocument, dataKey: Uint8Array, signal: AbortSignal): Promise<Plain> {
  const documents = await openDocument(document, dataKey, signal);
  return { value: formats[document.format].emit(documents), tree: () => treeOf(documents) };
}

async function openElsewhere(
  input: SopsText & { readonly dataKey: Uint8Array },
  compute: Compute,
  turn: Turn,
): Promise<Plain> {
  const { value, tree } = await compute.run(openJob, input, turn);
  return { value, tree: () => unpackTree(tree) };
}

export { formatNames, type FormatName } from "./formats/index.ts";
export { sealText, type Sealing, type SealRecipient } from "./seal.ts";
