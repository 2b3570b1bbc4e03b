import type { Found, FoundView } from "./outcome.ts";
import type { FileMode, ObjectPath, VolumeFile } from "./file.ts";
import type { Store } from "./store.ts";
import type { ObjectVersion } from "./version.ts";

/** How the stored text encodes the bytes of the file. */
export type Encoding = "utf-8" | "base64" | "hex";

/** A store as one manifest uses it. */
export interface PlannedStore {
  /** The manifest's or the operator's name of it; shown in messages. */
  readonly name: string;
  readonly store: Store;
  /** What `store.params` made. */
  readonly params: unknown;
  /** Namespaces that may use an operator-owned store; undefined when the manifest itself defines the store. */
  readonly grantedTo?: readonly string[];
}

/** A JMESPath expression that has been checked. */
export interface Selection {
  readonly expression: string;
}

/** One file out of one object: selected, decoded, written with this mode. */
export interface StandardOutput {
  readonly kind: "standard";
  readonly path: ObjectPath;
  readonly mode: FileMode;
  /** What the object sees of what was found, where that is not all of it as one file. Throws MountError. */
  readonly views?: (found: Found) => readonly FoundView[];
  readonly select?: Selection;
  readonly encoding: Encoding;
}

/** Files and versions by a drop-in dialect's own rules. */
export interface CustomOutput {
  readonly kind: "custom";
  /** Throws MountError. */
  render(found: Found, signal: AbortSignal): RenderedObject | Promise<RenderedObject>;
}

/** What one object became. */
export interface RenderedObject {
  readonly files: readonly VolumeFile[];
  readonly versions: readonly ObjectVersion[];
}

export interface PlannedObject {
  /** Zero-based position in the manifest. */
  readonly index: number;
  /** Shown in messages: the path in the volume, or the store's name of the object. */
  readonly name: string;
  readonly store: PlannedStore;
  /** What `store.ref` made. */
  readonly ref: unknown;
  readonly output: StandardOutput | CustomOutput;
}

/** A SecretProviderClass, parsed: behind it no text of the manifest is looked at again. */
export interface MountPlan {
  /** Never empty. */
  readonly objects: readonly PlannedObject[];
  /** How old a shared answer may be for this volume once it is mounted, in milliseconds; the operator's if left out. */
  readonly refreshInterval?: number;
}
