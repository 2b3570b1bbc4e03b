import type { Endpoint } from "./endpoint.ts";
import type { Fields } from "./fields.ts";
import type { FileMode } from "./file.ts";
import type { IssueSink } from "./issue.ts";
import type { Found, FoundView, Outcome } from "./outcome.ts";
import type { MountPlan } from "./plan.ts";
import type { Parameters, Pod } from "./pod.ts";
import type { Session, SessionKey } from "./session.ts";

/** What a store may know of the object it parses besides the object's own fields. */
export interface ObjectContext {
  readonly objectName: string;
  /** The parameter of that name, for stores whose objects the manifest itself carries; it then counts as known. */
  carried(parameter: string): string | undefined;
}

/** How the fetch layer treats the answers for one ref. */
export interface Handling {
  /**
   * `kept`: in memory, for every volume of the session until too old. `in-flight`: only fetches under way are shared,
   * because the store needs no network or keeps the answer itself. `pod`: the same, but with volumes of one pod only.
   */
  readonly share: "kept" | "in-flight" | "pod";
  /** Whether asking twice has no effect in the store. False where each call mints a credential. */
  readonly repeatable: boolean;
}

/**
 * One kind of secret store. It reads only; it knows nothing of gRPC, files, dialects or other stores; it keeps nothing
 * in module-level state.
 */
export interface Store<Params = unknown, Ref = unknown> {
  /** The `kind` of a `stores` entry: lower case, digits, dashes. */
  readonly kind: string;

  /** Parses the store's own fields of a `stores` entry (`name` and `kind` are the dialect's). Does no I/O. */
  params(fields: Fields): Params;

  /** Parses the store's own fields of an object, `objectVersion` and `objectType` where it has them. Does no I/O. */
  ref(fields: Fields, object: ObjectContext, params: Params): Ref;

  /** Host names, with port where not the scheme's own, that this store would talk to; empty for one without network. */
  addresses(params: Params): readonly string[];

  /** Two Mounts may share a fetch only if these are equal. Made with `sessionKey` and nothing else. */
  sessionKey(params: Params, pod: Pod): SessionKey;

  /** Two objects of one session with equal keys are one fetch. */
  refKey(ref: Ref): string;

  /** How the fetch layer treats what this ref gives; left out, an answer is kept and a failed read is repeated. */
  handling?(ref: Ref): Handling;

  /**
   * What one of several objects with the same refKey sees of what was found: one file, or several below its path. Throws
   * MountError.
   */
  views?(found: Found, ref: Ref): readonly FoundView[];

  /** Called every half minute, for what the store keeps itself. */
  sweep?(): void;

  /** Most refs that one `fetch` takes; 1 when left out. More only where the store's own API reads several at once. */
  readonly batchSize?: number;

  /**
   * The audience of the token that the pod must have been given for this store. A Mount without it is refused before
   * anything is answered, also from memory. Undefined when the store needs none, or can do without the pod's.
   */
  audience(params: Params): string | undefined;

  /** The audience of the pod's token that is used where the pod has it, for a store that can do without. */
  preferredAudience?(params: Params): string | undefined;

  /** Every server that a session connects to, for a check that sends nothing. Rejects with MountError. */
  endpoints?(params: Params): Promise<readonly Endpoint[]>;

  /**
   * One outcome for each ref, in the same order. `missing` only if the store said so. Throws MountError when the store
   * as a whole could not be asked (no identity, outage, refused login). Stops all work when the signal aborts. Does not
   * retry: failures with a transient reason are retried by the fetch layer, which hands in only the refs that failed,
   * honours `retryAfter`, bounds concurrency per address and lets equal refs of a session share one call.
   */
  fetch(refs: readonly Ref[], session: Session<Params>, signal: AbortSignal): Promise<readonly Outcome[]>;
}

/** One provider's parameter language. */
export interface Dialect {
  /** The `spec.provider` that selects it, and the name of its socket. */
  readonly name: string;

  /** Reports every mistake to `issues`; the plan is undefined if there was any. Does no I/O. */
  parse(input: DialectInput, issues: IssueSink): MountPlan | undefined;

  /** The audience of the token that a pod needs where its manifest says nothing else; left out where it is not known. */
  readonly audience?: string | undefined;

  /** Every server that the daemon's own settings name, for a check that sends nothing. Rejects with MountError. */
  endpoints?(): Promise<readonly Endpoint[]>;
}

export interface DialectInput {
  readonly parameters: Parameters;
  /** Mode of files that name none. */
  readonly defaultMode: FileMode;
}
