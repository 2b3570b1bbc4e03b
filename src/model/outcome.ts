import type { MountError } from "./error.ts";
import type { NumberText } from "./number-text.ts";
import type { Secret } from "./secret.ts";

/**
 * Structured content for JMESPath. Whole numbers too large for a double are bigint, numbers that are written in a way
 * of their own keep it; bytes that are not text stay bytes.
 */
export type Tree =
  | null
  | boolean
  | number
  | bigint
  | NumberText
  | string
  | Uint8Array
  | readonly Tree[]
  | { readonly [key: string]: Tree };

/** The store has the object. */
export interface Found {
  readonly kind: "found";
  readonly value: Secret;
  /**
   * Identifies this content among all that this store could answer for this object: the store's own version id where
   * it has one; never an unkeyed hash of plaintext.
   */
  readonly version: string;
  /** Whether it was made for the asking pod alone, such as a credential with a lease; no other pod is given it. */
  readonly owned?: true;
  /** Bytes kept alive beside `value`, such as what `tree` reads; 0 if left out. */
  readonly held?: number;
  /** The content as data, where the store knows it better than a parse of `value` would. */
  readonly tree?: () => Tree;
  /** What taking the object apart by its keys shows, where that is not the tree. */
  readonly entries?: () => Tree;
}

/** A named part of what was found: the object itself, or one below its path. */
export interface FoundPart {
  /** Relative to the object's path; empty for the object itself. */
  readonly name: string;
  readonly found: Found;
}

/** The store was asked and said that it has no such object. An outage is never this. */
export interface Missing {
  readonly kind: "missing";
  /** What is not there and what to check: `secret "db" has no version 7`. */
  readonly problem: string;
}

/** This one object could not be had; the others of the batch may. */
export interface Failed {
  readonly kind: "failed";
  readonly error: MountError;
}

export type Outcome = Found | Missing | Failed;
