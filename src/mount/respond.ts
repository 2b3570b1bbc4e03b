import { MountError } from "../model/error.ts";
import type { MountResponse } from "../model/request.ts";
import type { PlannedObject, RenderedObject } from "../model/plan.ts";
import { encodedSize, findPathConflicts } from "../driver/rules.ts";

/** What one object of the plan became. */
export interface Rendered {
  readonly object: PlannedObject;
  readonly output: RenderedObject;
}

/**
 * The answer for the driver, held to the driver's own rules: whatever it would refuse, or silently do harm with, is a
 * MountError here. `mostBytes`: the largest encoded answer that the driver takes.
 */
export function respond(rendered: readonly Rendered[], mostBytes: number): MountResponse {
  const files = rendered.flatMap(({ object, output }) => output.files.map((file) => ({ object, file })));
  const conflicts = findPathConflicts(files.map(({ file }) => file.path));
  const [first, ...rest] = conflicts.map(({ first: one, second: other, kind }) => {
    const shape = kind === "same" ? "both are" : "one is a folder of the other:";
    const paths = [files[one], files[other]].map((entry) => JSON.stringify(entry?.file.path)).join(" and ");
    return new MountError("path_conflict", `${shape} ${kind === "same" ? (paths.split(" and ")[0] ?? "") : paths}`, {
      ...about(files[other]?.object),
    });
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

function about(object: PlannedObject | undefined): { index: number; object: string } | undefined {
  return object === undefined ? undefined : { index: object.index, object: object.name };
}
