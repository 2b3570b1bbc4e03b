import { MountError } from "../../model/error.ts";
import { parseObjectPath, type FileMode, type ObjectPath, type VolumeFile } from "../../model/file.ts";
import type { FoundPart } from "../../model/outcome.ts";
import type { RenderContext } from "../../model/plan.ts";
import { Secret } from "../../model/secret.ts";
import type { ObjectVersion } from "../../model/version.ts";
import { changeOf, valueBytes, type ValueSpec } from "./value.ts";

/** How an object, or a named part of it, becomes a file. */
export interface ObjectFile {
  readonly path: ObjectPath;
  readonly mode: FileMode;
  readonly spec: ValueSpec;
  /** Of versions. */
  readonly suffix: string;
}

/** The file of one part: the object's own path, or one below it. Rejects with MountError. */
export async function partFile(
  { path, mode, spec, suffix }: ObjectFile,
  { name, found }: FoundPart,
  context: RenderContext,
): Promise<{ readonly file: VolumeFile; readonly version: ObjectVersion }> {
  const own = name === "" ? path : parseObjectPath(`${path}/${name}`);
  if (own === undefined) throw new MountError("path_invalid", "the driver would refuse the path of a file of it");
  const content = new Secret(await valueBytes(spec, found, context));
  return {
    file: { path: own, mode, content },
    version: { id: own, version: `${found.version}${changeOf(spec)}${suffix}` },
  };
}
