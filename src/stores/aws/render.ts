import type { FileMode, VolumeFile } from "../../model/file.ts";
import { Secret } from "../../model/secret.ts";
import type { ObjectVersion } from "../../model/version.ts";
import { createCutter } from "./cut.ts";
import type { DialectObject } from "./dialect-objects.ts";

/** What a read found: the value, and the service's version of it. */
export interface FoundValue {
  readonly value: Secret;
  readonly version: string;
}

/** Paths that a later object or jmesPath entry writes again: the driver would keep the later file only. */
export function shadowedPaths(objects: readonly DialectObject[]): (at: number, cut: number) => boolean {
  const last = new Map<string, string>();
  objects.forEach(({ path, cuts }, at) => {
    last.set(path, `${at}`);
    cuts.forEach((cut, number) => last.set(cut.path, `${at}/${number}`));
  });
  return (at, cut) => {
    const object = objects[at];
    const path = cut < 0 ? object?.path : object?.cuts[cut]?.path;
    return path !== undefined && last.get(path) !== (cut < 0 ? `${at}` : `${at}/${cut}`);
  };
}

/** What one object becomes. Throws MountError. */
export interface RenderedFiles {
  readonly files: readonly VolumeFile[];
  readonly versions: readonly ObjectVersion[];
}

/**
 * The files of an object: the whole value, then what is cut out of it; each record is the file's name and the value's
 * version. Files that a later one of the Mount writes over are left out. Throws MountError.
 */
export function renderObject(
  object: DialectObject,
  found: FoundValue,
  defaultMode: FileMode,
  isShadowed: (cut: number) => boolean,
): RenderedFiles {
  const value = found.value.reveal();
  const cutter = createCutter(value, object.path);
  const own = { path: object.path, mode: object.mode ?? defaultMode, content: new Secret(Uint8Array.from(value)) };
  const cuts = object.cuts.map(({ cut, path, mode }) => ({
    path,
    mode: mode ?? defaultMode,
    content: new Secret(cutter(cut)),
  }));
  const files = [own, ...cuts].filter((_, at) => !isShadowed(at - 1));
  return { files, versions: files.map(({ path }) => ({ id: path, version: found.version })) };
}
