import type { ChosenBy } from "./chosen-by.ts";
import type { Job } from "./compute.ts";
import type { MountError } from "./error.ts";
import type { ObjectPath, VolumeFile } from "./file.ts";
import type { Found } from "./outcome.ts";
import type { ListCriteria, Listing, ObjectRead } from "./read.ts";
import type { Secret } from "./secret.ts";
import type { StoreDescription, StoreKind } from "./store.ts";
import type { ObjectVersion } from "./version.ts";

/** How the stored text encodes the bytes of the file. */
export type Encoding = "utf-8" | "base64" | "hex";

/** A store as one manifest uses it; made by `planStore`. */
export interface PlannedStore {
  /** The manifest's or the operator's name of it; shown in messages. */
  readonly name: string;
  readonly store: StoreKind;
  /** What the store's language made. */
  readonly params: unknown;
  readonly description: StoreDescription;
  /** Namespaces that may use an operator-owned store; undefined when the manifest itself defines the store. */
  readonly grantedTo: readonly string[] | undefined;
}

/** A store with its parameters, described once. */
export function planStore(
  name: string,
  store: StoreKind,
  params: unknown,
  grantedTo?: readonly string[],
): PlannedStore {
  return { name, store, params, description: store.describe(params), grantedTo };
}

/** Who decided where a store is: the operator also for each store that is the operator's own. */
export function chosenBy({ grantedTo, description }: PlannedStore): ChosenBy {
  return grantedTo === undefined ? description.chosenBy : "operator";
}

/** What of the candidate before leads to the next one: absence, an outage, a refusal. */
export type FallbackCause = "missing" | "unavailable" | "denied";

/** One place where the content of a read may be. */
export interface Candidate {
  readonly store: PlannedStore;
  readonly read: ObjectRead;
  /** Of the candidate before; the first has no use for it. */
  readonly on: readonly FallbackCause[];
  /** What the entry wants and the object does not have, such as what its jmesPath selects; that counts as missing. */
  lacks(found: Found, context: RenderContext): Promise<string | undefined>;
}

/** What a read came to: what was found, and which of its candidates has it. */
export interface ReadAnswer {
  readonly found: Found;
  readonly candidate: Candidate;
}

/** What `make` gave for this very object earlier in the same Mount; made once. */
export type Once = <T>(of: object, make: () => T) => T;

/** One answer that files are made of. */
export interface Read {
  /** Zero-based position in the manifest. */
  readonly index: number;
  /** Shown in messages: the path in the volume, or the store's name of the object. */
  readonly name: string;
  /** In the order in which they are tried. */
  readonly candidates: readonly [Candidate, ...Candidate[]];
  /** Whether the Mount fails where no candidate has it, or its files are made without it. */
  readonly whenMissing: "fail" | "omit";
}

/** What files are made with besides what was found. */
export interface RenderContext {
  readonly signal: AbortSignal;
  /**
   * The key of object versions that all nodes share; undefined while it cannot be had. `ownSecret` names the Secret that
   * holds it where the operator names none (default: that of the Vault provider).
   */
  hmacKey(ownSecret?: string): Promise<Secret | undefined>;
  /** Does heavy work for this Mount, in the turn of its namespace. Rejects as `Compute.run` does. */
  run<Input, Output>(job: Job<Input, Output>, input: Input): Promise<Output>;
  readonly once: Once;
}

/** What one entry of the manifest became. */
export interface Rendered {
  readonly files: readonly VolumeFile[];
  readonly versions: readonly ObjectVersion[];
}

/** The files that one entry of the manifest makes out of one or more reads. */
export interface PlannedFile {
  /** Zero-based position in the manifest. */
  readonly index: number;
  readonly name: string;
  /** Each is one of the plan's. */
  readonly reads: readonly Read[];
  /** Every path that it gives, where that is known before anything is read. */
  readonly paths: readonly ObjectPath[] | undefined;
  /** `answers` in the order of `reads`; undefined for one that is missing and may be. Throws MountError. */
  render(answers: readonly (ReadAnswer | undefined)[], context: RenderContext): Rendered | Promise<Rendered>;
}

/** Objects that are found by listing a store. */
export interface PlannedListing {
  /** Zero-based position in the manifest. */
  readonly index: number;
  readonly name: string;
  readonly store: PlannedStore;
  readonly criteria: ListCriteria;
  /** The reads and files of what the store has. Rejects with MountError. */
  expand(listing: Listing, context: RenderContext): Promise<Pick<MountPlan, "reads" | "files">>;
}

/** A SecretProviderClass, parsed: behind it no text of the manifest is looked at again. */
export interface MountPlan {
  readonly reads: readonly Read[];
  readonly files: readonly PlannedFile[];
  /** What is listed before anything is read; no plan is without files and listings. */
  readonly listings: readonly PlannedListing[];
  /** Of two files of one path: whether that is a mistake, or the later one is kept, as the driver does. */
  readonly samePath: "refused" | "later";
  /** How old a shared answer may be for this volume once it is mounted, in milliseconds (default: the operator's). */
  readonly refreshInterval?: number;
}

/** One object that gives one entry's files: a read of one candidate, and the file made of it alone. */
export interface SingleObject extends Pick<PlannedFile, "index" | "name" | "paths"> {
  readonly store: PlannedStore;
  readonly read: ObjectRead;
  render(found: Found, context: RenderContext): Rendered | Promise<Rendered>;
}

/** A plan in which every object is read for itself, as official providers do it. */
export function planSingles(
  objects: readonly SingleObject[],
  samePath: MountPlan["samePath"],
): Omit<MountPlan, "refreshInterval"> {
  const files = objects.map(({ index, name, paths, store, read, render }): PlannedFile => {
    const candidates = [onlyCandidate(store, read)] as const;
    const reads: readonly Read[] = [{ index, name, candidates, whenMissing: "fail" }];
    return { index, name, reads, paths, render: (answers, context) => render(onlyFound(answers), context) };
  });
  return { reads: files.flatMap(({ reads }) => reads), files, listings: [], samePath };
}

/** A candidate of which everything that is found will do. */
export function onlyCandidate(store: PlannedStore, read: ObjectRead): Candidate {
  return { store, read, on: [], lacks: () => Promise.resolve(undefined) };
}

function onlyFound([answer]: readonly (ReadAnswer | undefined)[]): Found {
  if (answer === undefined) throw new TypeError("a file without what it is made of");
  return answer.found;
}

/** Adds to an error which entry it is about, and which store where that is one. */
export function ofEntry(
  error: MountError,
  { index, name }: Pick<Read, "index" | "name">,
  store?: PlannedStore,
): MountError {
  return error.within({ index, object: name, ...(store === undefined ? {} : { store: store.name }) });
}
