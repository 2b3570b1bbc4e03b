import { MountError } from "../model/error.ts";
import type { VolumeFile } from "../model/file.ts";
import type { MountResponse } from "../model/request.ts";
import { encodedSize, findPathConflicts } from "../driver/rules.ts";
import type { Rendered } from "./render.ts";

/**
 * The answer for the driver, held to the driver's own rules: whatever it would refuse, or silently do harm with, is a
 * MountError here. `mostBytes`: the largest encoded answer that the driver takes.
 */
export function respond(rendered: readonly Rendered[], mostBytes: number): MountResponse {
  const files = rendered.flatMap(({ object, output }) => output.files.map((file) => ({ object, file })));
  const conflicts = findPathConflicts(files.map(({ file }) => file.path));
  const [first, ...rest] = conflicts.flatMap(({ first: one, second: other, kind }) => {
    const [a, b] = [files[one], files[other]];
    return a === undefined || b === undefined ? [] : conflict(a, b, kind);
  });
  if (first !== undefined) throw MountError.all([first, ...rest]);
  const response = {
    files: files.map(({ file }) => file),
    versions: uniqueVersions(rendered),
  };
  if (response.files.length === 0 || response.versions.length === 0) {
    throw new MountError("internal", "the objects made no file");
  }
  const size = encodedSize(response);
  if (size <= mostBytes) return response;
  throw new MountError(
    "response_too_large",
    `the volume is ${size} bytes, the limit is ${mostBytes}; mount less, or raise the driver's ` +
      "--max-call-recv-msg-size and Keyferry's --max-response-bytes together",
  );
}

/** Ids in manifest order; two objects that read the same one share its entry. */
function uniqueVersions(rendered: readonly Rendered[]): MountResponse["versions"] {
  const versions = new Map(rendered.flatMap(({ output }) => output.versions.map((one) => [one.id, one] as const)));
  return [...versions.values()];
}

interface Entry {
  readonly object: Rendered["object"];
  readonly file: VolumeFile;
}

/** The second of the two is the one to change. */
function conflict(one: Entry, other: Entry, kind: "same" | "prefix"): MountError {
  const first = `object ${one.object.index + 1} ${JSON.stringify(one.object.name)}`;
  const problem =
    kind === "same"
      ? `its path ${JSON.stringify(other.file.path)} is also that of ${first}`
      : `its path ${JSON.stringify(other.file.path)} and ${JSON.stringify(one.file.path)} of ${first} would make one ` +
        "name both a file and a folder";
  const context = { index: other.object.index, object: other.object.name };
  return new MountError("path_conflict", `${problem}; give one of them another objectAlias`, context);
}
