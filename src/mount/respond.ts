import { MountError } from "../model/error.ts";
import { roomProblem, type VolumeFile } from "../model/file.ts";
import type { MountPlan, PlannedFile } from "../model/plan.ts";
import type { MountResponse } from "../model/request.ts";
import { encodedSize } from "../driver/rules.ts";
import { findPathConflicts } from "../model/path-conflicts.ts";
import type { RenderedFile } from "./render.ts";

/**
 * The answer for the driver, held to the driver's own rules: whatever it would refuse, or silently do harm with, is a
 * MountError here. `maxBytes`: the largest encoded answer that the driver takes. `samePath`: as the plan has it. `target`:
 * where the volume is.
 */
export function respond(
  rendered: readonly RenderedFile[],
  maxBytes: number,
  samePath: MountPlan["samePath"],
  target: string,
): MountResponse {
  const made = rendered.flatMap(({ file: entry, output }) => output.files.map((file) => ({ entry, file })));
  const files = samePath === "later" ? lastOfEach(made) : made;
  const conflicts = findPathConflicts(files.map(({ file }) => file.path));
  const long = files.flatMap((one) => tooLong(one, target) ?? []);
  const conflicting = conflicts.flatMap(({ first: one, second: other, kind }) => {
    const [a, b] = [files[one], files[other]];
    return a === undefined || b === undefined ? [] : conflict(a, b, kind);
  });
  const [first, ...rest] = [...long, ...conflicting];
  if (first !== undefined) throw MountError.all([first, ...rest]);
  const response = {
    files: files.map(({ file }) => file),
    versions: uniqueVersions(rendered),
  };
  if (response.files.length === 0 || response.versions.length === 0) {
    throw new MountError(
      "object_not_found",
      "every object of the volume is missing, and a volume is never empty; correct the names, or give one a default",
    );
  }
  const size = encodedSize(response);
  if (size <= maxBytes) return response;
  throw new MountError(
    "response_too_large",
    `the volume is ${size} bytes, the limit is ${maxBytes}; mount less, or raise the driver's ` +
      "--max-call-recv-msg-size and Keyferry's --max-response-bytes together",
  );
}

/** Of several files of one path the last, where the first stood. */
function lastOfEach(files: readonly Entry[]): readonly Entry[] {
  return [...new Map(files.map((one) => [one.file.path, one])).values()];
}

/** Ids in manifest order; two objects that read the same one share its entry. */
function uniqueVersions(rendered: readonly RenderedFile[]): MountResponse["versions"] {
  const versions = new Map(rendered.flatMap(({ output }) => output.versions.map((one) => [one.id, one] as const)));
  return [...versions.values()];
}

interface Entry {
  readonly entry: PlannedFile;
  readonly file: VolumeFile;
}

function tooLong({ entry, file }: Entry, target: string): MountError | undefined {
  const problem = roomProblem(file.path, target);
  if (problem === undefined) return undefined;
  const context = { index: entry.index, object: entry.name };
  return new MountError("path_invalid", `its path is too long: ${problem}; give it a shorter one`, context);
}

/** The second of the two is the one to change. */
function conflict(one: Entry, other: Entry, kind: "same" | "prefix"): MountError {
  const first = `object ${one.entry.index + 1} ${JSON.stringify(one.entry.name)}`;
  const problem =
    kind === "same"
      ? `its path ${JSON.stringify(other.file.path)} is also that of ${first}`
      : `its path ${JSON.stringify(other.file.path)} and ${JSON.stringify(one.file.path)} of ${first} would make one ` +
        "name both a file and a folder";
  const context = { index: other.entry.index, object: other.entry.name };
  return new MountError("path_conflict", `${problem}; give one of them another path`, context);
}
