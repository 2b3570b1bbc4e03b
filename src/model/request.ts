import type { ObjectVersion } from "./version.ts";
import type { VolumeFile } from "./file.ts";

/**
 * What the driver sends for one volume, still as text (nodeserver.go, NodePublishVolume). The versions it
 * believes to be mounted are left out on purpose: an answer never depends on them.
 */
export interface MountRequest {
  /** JSON object, string to string: parameters, volume attributes, pod, tokens. */
  readonly attributes: string;
  /** JSON object, string to string, or `null`, or empty. */
  readonly secrets: string;
  /** Host path of the volume; identifies it and is never touched. */
  readonly targetPath: string;
  /** JSON number: permission bits of files that name none. */
  readonly permission: string;
}

/** The complete content of one volume. */
export interface MountResponse {
  readonly files: readonly VolumeFile[];
  /** Never empty; ids are unique. */
  readonly versions: readonly ObjectVersion[];
}

/** When a Mount must end. */
export interface MountLimits {
  /** Aborts when the caller went away. */
  readonly signal: AbortSignal;
  /** The caller's deadline in milliseconds since 1970; undefined when it set none. */
  readonly deadline: number | undefined;
  /** Resolves when the answer has left the process, and its memory with it; the Mount's end where it is left out. */
  readonly sent?: Promise<unknown>;
}

/** Answers one Mount. Rejects with a MountError and nothing else. */
export type MountCall = (request: MountRequest, limits: MountLimits) => Promise<MountResponse>;
