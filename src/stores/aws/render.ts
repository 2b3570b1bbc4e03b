import { parseFileMode, type FileMode } from "../../model/file.ts";
import type { Rendered } from "../../model/plan.ts";
import { Secret } from "../../model/secret.ts";
import { createCutter } from "./cut.ts";
import type { DialectObject } from "./dialect-object.ts";

/** What a read found: the value, and the service's version of it. */
export interface FoundValue {
  readonly value: Secret;
  readonly version: string;
}

/**
 * The files of an object: the whole value, then what is cut out of it; each record is the file's name and the value's
 * version. Throws MountError.
 */
export function renderObject(object: DialectObject, found: FoundValue, defaultMode: FileMode): Rendered {
  const value = found.value.reveal();
  // The driver drops what is beyond the nine permission bits.
  const otherwise = parseFileMode(defaultMode & 0o777) ?? defaultMode;
  const cutter = createCutter(value, object.path);
  const own = { path: object.path, mode: object.mode ?? otherwise, content: new Secret(Uint8Array.from(value)) };
  const cuts = object.cuts.map(({ cut, path, mode }) => ({
    path,
    mode: mode ?? otherwise,
    content: new Secret(cutter(cut)),
  }));
  const files = [own, ...cuts];
  return { files, versions: files.map(({ path }) => ({ id: path, version: found.version })) };
}
