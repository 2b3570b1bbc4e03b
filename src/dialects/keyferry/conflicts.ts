import type { IssueSink, Place } from "../../model/issue.ts";

/** A path that an object of the manifest takes in the volume. */
export interface ClaimedPath {
  readonly path: string;
  readonly place: Place;
}

/**
 * Reports each object whose path another one before it has, or whose path makes a folder of another's file or the
 * reverse: the driver would keep one of them without a word, or fail half-way.
 */
export function reportConflicts(claimed: readonly ClaimedPath[], issues: IssueSink): void {
  const files = new Map<string, ClaimedPath>();
  for (const claim of claimed) {
    const other = files.get(claim.path);
    if (other === undefined) files.set(claim.path, claim);
    else refuse(claim, `its path is also that of ${nameOf(other)}`, issues);
  }
  for (const claim of claimed) {
    const folder = foldersOf(claim.path).find((path) => files.has(path));
    const other = folder === undefined ? undefined : files.get(folder);
    if (other !== undefined) refuse(claim, `its path makes a folder of ${nameOf(other)}`, issues);
  }
}

function foldersOf(path: string): string[] {
  const elements = path.split("/");
  return elements.slice(1).map((_, index) => elements.slice(0, index + 1).join("/"));
}

function nameOf({ place, path }: ClaimedPath): string {
  return `object ${(place.index ?? 0) + 1} ${JSON.stringify(path)}`;
}

function refuse({ place, path }: ClaimedPath, problem: string, issues: IssueSink): void {
  const fix = "give each object a path of its own with objectAlias";
  issues.add({ reason: "path_conflict", place: { ...place, name: path }, problem, fix });
}
