import type { FileMode, ObjectPath } from "../../model/file.ts";
import type { Place } from "../../model/issue.ts";
import type { AwsKind } from "./arn.ts";
import type { Cut } from "./cut.ts";
import type { DialectParams } from "./dialect-params.ts";
import type { AwsRef } from "./objects.ts";

/** One entry of `objects`, parsed. */
export interface DialectObject {
  /** Zero-based position in the list. */
  readonly index: number;
  readonly kind: AwsKind;
  /** As written. */
  readonly name: string;
  readonly path: ObjectPath;
  /** Of the path. */
  readonly place: Place;
  /** Undefined where the Mount's own holds. */
  readonly mode: FileMode | undefined;
  readonly ref: AwsRef;
  readonly cuts: readonly CutFile[];
}

/** A file that is cut out of an object's value. */
export interface CutFile {
  readonly cut: Cut;
  readonly path: ObjectPath;
  readonly place: Place;
  readonly mode: FileMode | undefined;
}

/** The regions that the names in a manifest are held against; undefined for the node's, which is not known yet. */
export interface KnownRegions {
  readonly primary: { readonly name: string; readonly from: string } | undefined;
  readonly failover: string | undefined;
}

/** What entries are read with. */
export interface EntryReading {
  readonly params: DialectParams;
  readonly regions: KnownRegions;
}
