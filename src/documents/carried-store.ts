import { MountError } from "../model/error.ts";
import type { Fields } from "../model/fields.ts";
import type { Found, Outcome } from "../model/outcome.ts";
import { carriedRead, noListing } from "../model/read.ts";
import type { Session } from "../model/session.ts";
import {
  connectionOf,
  type ObjectContext,
  type StoreDescription,
  type StoreKind,
  standardRetries,
} from "../model/store.ts";

/** Such a store has no settings: its keys are the operator's. */
export type NoParams = Readonly<Record<string, never>>;

/** A document as the store's language reads it; `undefined` where an issue was recorded, and it is never opened. */
export interface CarriedRef {
  /** Digest of everything that makes the document and how it is read. */
  readonly digest: string;
}

/** Opens a document for one pod. Rejects with MountError, or with the signal's reason. */
export type OpenDocument<Ref> = (ref: Ref, session: Session<NoParams>, signal: AbortSignal) => Promise<Found>;

const description: StoreDescription = {
  addresses: [],
  audience: undefined,
  identity: {},
  quota: "",
  proof: "none",
  chosenBy: "manifest",
  files: [],
  retries: standardRetries,
  sessionPer: "service-account",
  endpoints: [],
};

/**
 * A store whose objects are encrypted documents that the manifest itself carries: no parameters, no network of its own,
 * answers that are never cached.
 */
export function carriedStore<Ref extends CarriedRef, Deps>(
  kind: string,
  parse: (fields: Fields, object: ObjectContext) => Ref | undefined,
  connect: (deps: Deps) => OpenDocument<Ref>,
): StoreKind<NoParams, Ref | undefined, Deps> {
  return {
    kind,
    language: {
      params: () => ({}),
      object: (fields, object) => {
        const ref = parse(fields, object);
        return carriedRead(ref, ref?.digest ?? "");
      },
      criteria: [],
    },
    describe: () => description,
    connect: (deps) => {
      const open = connect(deps);
      return connectionOf({
        fetch: async (refs, session, signal) => {
          const outcomes: Outcome[] = [];
          for (const ref of refs) outcomes.push(await outcomeOf(ref, open, session, signal));
          return outcomes;
        },
        list: noListing(kind),
      });
    },
  };
}

async function outcomeOf<Ref>(
  ref: Ref | undefined,
  open: OpenDocument<Ref>,
  session: Session<NoParams>,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    signal.throwIfAborted();
    if (ref === undefined) throw new MountError("document_invalid", "the document could not be parsed");
    return await open(ref, session, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: "failed", error: MountError.from(thrown) };
  }
}
