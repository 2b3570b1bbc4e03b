import type { IssueSink } from "../../model/issue.ts";
import type { ClaimedPath } from "../../text/claimed-paths.ts";
import { readGoEntries, type GoEntriesOptions } from "../../text/go/entries.ts";
import type { GoEntry } from "../../text/go/entry.ts";
import { sigsYaml } from "../../text/go/rules.ts";
import { refuseDuplicates } from "./dialect-duplicates.ts";
import type { DialectObject, EntryReading } from "./dialect-object.ts";
import { readEntry } from "./dialect-entry.ts";
import { withLoadAdvice } from "./load-advice.ts";

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
