import { MountError } from "./error.ts";
import type { Found, FoundPart } from "./outcome.ts";

/**
 * Who may be given what one read found. `cached`: kept in memory, for every volume of the session until too old.
 * `in-flight`: only reads under way are shared, because the store needs no network or keeps the answer itself. `pod`: the
 * same, but with volumes of one pod only.
 */
export type Share = "cached" | "in-flight" | "pod";

/** What one object asks of its store: made by the store's language, and plain data for everybody else. */
export interface ObjectRead<Ref = unknown> {
  /** The store's own; nobody else looks into it. */
  readonly ref: Ref;
  /** Two reads of one session with equal keys are one read. */
  readonly key: string;
  readonly share: Share;
  /** Whether asking twice has no effect in the store. False where each call mints a credential. */
  readonly repeatable: boolean;
  /** The part of the store's quota that it counts against, within that of the store; empty where all is one. */
  readonly quota: string;
  /** Hosts that it is asked at, where those are fewer than its store's; undefined for all of them. */
  readonly addresses: readonly string[] | undefined;
  /** Whether `parts` may give names, which are known only once it was found. */
  readonly named: boolean;
  /**
   * What the object sees of what was found: named parts of it, of which one with the empty name is the whole. Throws
   * MountError.
   */
  parts(found: Found): readonly FoundPart[];
}

/** A read of an ordinary object: cached, repeatable, seen as a whole; `more` says what is different. */
export function readOf<Ref>(ref: Ref, key: string, more: Partial<Omit<ObjectRead<Ref>, "ref" | "key">> = {}) {
  const read: ObjectRead<Ref> = {
    ref,
    key,
    share: "cached",
    repeatable: true,
    quota: "",
    addresses: undefined,
    named: false,
    parts: (found) => [{ name: "", found }],
    ...more,
  };
  return read;
}

/**
 * A read that opens a document which the manifest carries. Its answer is not cached, so that a withdrawn key or grant
 * counts at once.
 */
export function carriedRead<Ref>(ref: Ref, digest: string): ObjectRead<Ref> {
  return readOf(ref, digest, { share: "in-flight" });
}

/** A criterion of `find` that names or describes objects to the store. */
export type ListCriterion = "prefix" | "path" | "tags";

/** What a listing must match; a store refuses, while parsing, the criteria that it does not have. */
export interface ListCriteria {
  /** What the names start with; empty for any. */
  readonly prefix: string;
  /** A folder, spelled as the store spells object names; empty for all. */
  readonly path: string;
  /** Tags or labels that objects must all have, with these values; empty for any. */
  readonly tags: ReadonlyMap<string, string>;
}

/** One object that a store listed. */
export interface ListedObject<Ref = unknown> {
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly read: ObjectRead<Ref>;
  /**
   * Whether the listing tells that it has a value. Where it does not, as of deleted versions that are listed still, an
   * object without one is left out.
   */
  readonly certain: boolean;
}

/**
 * What a store has of what the criteria describe, in the store's order; it may hold more than that where the store cannot
 * apply one itself. Disabled, deleted and expired objects are left out.
 */
export type Listing<Ref = unknown> = readonly ListedObject<Ref>[];

/** The largest number of objects that a store reads out of its list before it gives up with an error. */
export const maxListed = 20_000;

/** The `list` of a store that cannot list. */
export function noListing(kind: string): () => Promise<never> {
  const message = `stores of kind ${kind} cannot be listed; name the objects one by one`;
  return () => Promise.reject(new MountError("parameter_invalid", message));
}
