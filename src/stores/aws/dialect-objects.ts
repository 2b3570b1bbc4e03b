import type { FileMode, ObjectPath } from "../../model/file.ts";
import type { IssueSink, Place } from "../../model/issue.ts";
import type { ClaimedPath } from "../../text/claimed-paths.ts";
import { readGoEntries, type GoEntriesOptions } from "../../text/go/entries.ts";
import type { GoEntry } from "../../text/go/entry.ts";
import { sigsYaml } from "../../text/go/rules.ts";
import type { AwsKind } from "./arn.ts";
import { refuseDuplicates } from "./dialect-duplicates.ts";
import { readEntry } from "./dialect-entry.ts";
import type { DialectParams } from "./dialect-params.ts";
import { withLoadAdvice } from "./load-advice.ts";
import type { Cut } from "./cut.ts";
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

/** The entries of the `objects` parameter, each still to be read. What is wrong with the text as a whole is an issue. */
export function openEntries(text: string, issues: IssueSink): readonly GoEntry[] {
  return readGoEntries(text, options, withLoadAdvice(text, issues)) ?? [];
}

/** Reads the `objects` parameter as the official provider does. Every mistake is an issue; entries with one are left out. */
export function parseDialectObjects(
  written: string | undefined,
  reading: EntryReading,
  issues: IssueSink,
): readonly DialectObject[] {
  const entries = openEntries(written ?? "", issues);
  const read = entries.map((entry) => ({ entry, object: readEntry(entry, reading) }));
  refuseDuplicates(entries);
  return read.flatMap(({ entry, object }) => (object === undefined || entry.problems > 0 ? [] : [object]));
}

const options: GoEntriesOptions = {
  parameter: "objects",
  rules: sigsYaml,
  prefix: "cannot load the SecretProviderClass: ",
  none: {
    problem: "it lists no object, so there is nothing to mount, and the driver takes no empty answer",
    fix: "name an object, or remove the volume",
  },
  fields: "objectName and objectType",
  empty: "refused",
};

/** The paths of an object's files, each with where it comes from. */
export function claimedPaths({ path, place, cuts }: DialectObject): readonly ClaimedPath[] {
  return [{ path, place }, ...cuts.map((cut) => ({ path: cut.path, place: cut.place }))];
}
