import type { Audience } from "./audience.ts";
import type { ChosenBy } from "./chosen-by.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Fields } from "./fields.ts";
import type { Outcome } from "./outcome.ts";
import type { ListCriteria, ListCriterion, Listing, ObjectRead } from "./read.ts";
import type { Identifying, Session } from "./session.ts";

/** What a store may know of the object it parses besides the object's own fields. */
export interface ObjectContext {
  readonly objectName: string;
  /** The parameter of that name, for stores whose objects the manifest itself carries; it then counts as known. */
  carried(parameter: string): string | undefined;
  /** Whether time does not matter, as for `lint`: then also what takes long is read at once. */
  readonly thorough?: boolean;
}

/** How a store's part of a manifest is read. Does no I/O: `lint` needs nothing else of a store. */
export interface StoreLanguage<Params, Ref> {
  /** Parses the store's own fields of a `stores` entry (`name` and `kind` are the dialect's). */
  params(fields: Fields): Params;
  /** Parses the store's own fields of an object, `objectVersion` and `objectType` where it has them. */
  object(fields: Fields, object: ObjectContext, params: Params): ObjectRead<Ref>;
  /** The criteria by which the store's objects can be listed; empty where they cannot. */
  readonly criteria: readonly ListCriterion[];
}

/**
 * What the store itself can tell apart among the sessions of one identity. `pod`: the pods of one service account, so
 * that each must prove itself; `service-account`: nothing finer than that; `none`: it is never asked.
 */
export type Proof = "pod" | "service-account" | "none";

/** How a store is asked again after a failure that may pass. */
export interface RetryRule {
  /** Maximum number of tries of one call. */
  readonly tries: number;
  /** `exponential`: full jitter below a doubling ceiling; `linear`: 1.0 to 1.5 s after the first try, twice that after the second. */
  readonly pauses: "exponential" | "linear";
}

/** Of a store whose own clients have no habit that matters: six tries take about 3 s, at most 6 s. */
export const standardRetries: RetryRule = { tries: 6, pauses: "exponential" };

/** What the framework must know of a store with these parameters; plain data. */
export interface StoreDescription {
  /** Host names, with port where not the scheme's own, that this store would talk to; empty for one without network. */
  readonly addresses: readonly string[];
  /** The token that the pod must have been given, or had better; undefined where none is used. */
  readonly audience: Audience | undefined;
  /** Every parameter that can change whose credential is used, or what it sees. The session key is made of it. */
  readonly identity: Identifying;
  /** Those who share a quota of the store by its own rules; empty where it is the session's alone. */
  readonly quota: string;
  readonly proof: Proof;
  /** Who decided where it is, where no operator owns the store: the operator's settings, or the manifest. */
  readonly chosenBy: ChosenBy;
  /** Files and folders of the daemon's file system that the manifest names. */
  readonly files: readonly string[];
  readonly retries: RetryRule;
  /** Whether each pod has a session of its own, or all pods of a service account have one together. */
  readonly sessionPer: "service-account" | "pod";
  /** Every server that a session connects to, for a check that sends nothing. */
  readonly endpoints: readonly Endpoint[];
}

/** A store that can be asked. It may keep credentials and tend leases; it keeps nothing in module-level state. */
export interface StoreConnection<Params = unknown, Ref = unknown> {
  /** The largest number of reads that one `fetch` takes; more than 1 only where the store's API reads several at once. */
  readonly batchSize: number;

  /**
   * Lets the pod itself be accepted, where the store tells the pods of one service account apart, and resolves to what
   * it shows of them: pods with equal texts see the same. The empty text elsewhere. Rejects with MountError.
   */
  identify(session: Session<Params>, signal: AbortSignal): Promise<string>;

  /**
   * One outcome for each ref, in the same order. `missing` only if the store said so. Throws MountError when the store
   * as a whole could not be asked (no identity, outage, refused login). Stops all work when the signal aborts. Does not
   * retry: failures with a transient reason are retried by the fetch layer, which hands in only the refs that failed,
   * honours `retryAfter`, bounds concurrency per address and lets equal reads of a session share one call.
   */
  fetch(refs: readonly Ref[], session: Session<Params>, signal: AbortSignal): Promise<readonly Outcome[]>;

  /** What the store has that meets the criteria it can apply itself. Rejects with MountError. */
  list(criteria: ListCriteria, session: Session<Params>, signal: AbortSignal): Promise<Listing<Ref>>;

  /** Called every half minute, for what the store keeps itself. */
  tend(): void;
}

/**
 * One kind of secret store. It reads only; it knows nothing of gRPC, files, dialects or other stores. `Deps` is what
 * its connection is made with.
 */
export interface StoreKind<Params = unknown, Ref = unknown, Deps = unknown> {
  /** The `kind` of a `stores` entry: lower case, digits, dashes. */
  readonly kind: string;
  readonly language: StoreLanguage<Params, Ref>;
  /** Does no I/O. */
  describe(params: Params): StoreDescription;
  /** Called once in a process that asks stores, and never in one that only reads manifests. */
  connect(deps: Deps): StoreConnection<Params, Ref>;
}

/** A connection of which only the differences to an ordinary one are said. */
export function connectionOf<Params, Ref>(
  own: Pick<StoreConnection<Params, Ref>, "fetch" | "list"> & Partial<StoreConnection<Params, Ref>>,
): StoreConnection<Params, Ref> {
  return { batchSize: 1, identify: () => Promise.resolve(""), tend: () => undefined, ...own };
}
