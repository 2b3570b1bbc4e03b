import type { IssueSink, Place } from "../model/issue.ts";
import { findPathConflicts, type PathConflict } from "../model/path-conflicts.ts";

/** A path that an object of the manifest takes in the volume. */
export interface ClaimedPath {
  readonly path: string;
  /** Of the field that the path comes from. */
  readonly place: Place;
}

/** Two objects that take one path, or of which one's path makes a folder of the other's file; `later` is to be changed. */
export interface PathClash {
  readonly first: ClaimedPath;
  readonly later: ClaimedPath;
  readonly kind: PathConflict["kind"];
}

/** Every clash, by the later of its two objects. Takes time in proportion to the text. */
export function pathClashes(claimed: readonly ClaimedPath[]): readonly PathClash[] {
  return findPathConflicts(claimed.map(({ path }) => path)).flatMap(({ first: one, second: other, kind }) => {
    const [first, later] = [claimed[one], claimed[other]];
    return first === undefined || later === undefined ? [] : [{ first, later, kind }];
  });
}

/**
 * Reports clashes as mistakes. `same`: whether one path twice is one, too; it is none where the official provider and the
 * driver keep the later file. A file that is also a folder always is: the driver fails half-way, and leaves values behind.
 */
export function reportClashes(claimed: readonly ClaimedPath[], same: "refused" | "later", issues: IssueSink): void {
  for (const { first, later, kind } of pathClashes(claimed)) {
    if (kind === "same" && same === "later") continue;
    const name = objectName(first);
    const problem =
      kind === "same"
        ? `its path is also that of ${name}`
        : `its path and that of ${name} would make one name both a file and a folder`;
    const fix = `give each object a path of its own with ${later.place.field ?? "objectAlias"}`;
    issues.add({ reason: "path_conflict", place: { ...later.place, name: later.path }, problem, fix });
  }
}

/** `object 2 "db/password"` */
export function objectName({ place, path }: ClaimedPath): string {
  return `object ${(place.index ?? 0) + 1} ${JSON.stringify(path)}`;
}
