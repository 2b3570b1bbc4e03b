import type { Audience } from "./audience.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Fields } from "./fields.ts";
import type { Permission } from "./permission.ts";

/** What the operator says of every private key for secrets encrypted in Git; each kind adds fields of its own. */
export interface KeySource {
  readonly name: string;
  readonly kind: string;
  /**
   * Path of the file that holds it, for RSA keys also of a folder of such files; read again when it changes. For a key
   * in a service the file with our credential there. Empty where there is none.
   */
  readonly file: string;
  /** Names or patterns (`team-*`) of namespaces that may use it; never empty. */
  readonly namespaces: readonly string[];
}

/** A path of the configuration file as the process opens it: relative ones are relative to that file. */
export type PathOf = (path: string) => string;

/** A right of the daemon in one namespace; the doctor checks it. */
export interface KeyRight extends Pick<Permission, "verb" | "resource" | "without" | "value"> {
  readonly namespace: string;
}

/** What the configuration and the doctor know of one kind of key. Nothing here asks a key service. */
export interface KeyKind<Source extends KeySource = KeySource> {
  readonly kind: Source["kind"];

  /** Reads the kind's own fields of a `keys` entry, and `file`; every mistake is recorded. Does no I/O. */
  read(fields: Fields, pathOf: PathOf): Omit<Source, "name" | "namespaces">;

  /** The pod's token that the source needs; undefined where it has a credential of the operator's, or needs none. */
  audience(source: Source): Audience | undefined;

  /** The rights of the daemon at the Kubernetes API without which the source is of no use. */
  rights(source: Source): readonly KeyRight[];

  /** Every server that is asked, for a check that sends nothing. */
  endpoints(source: Source): readonly Endpoint[];

  /** Paths of the files, or folders of files, with something secret in them. */
  secretPaths(source: Source): readonly string[];

  /**
   * Reads the source's files as a Mount would; gives how many keys they hold. `skipped` is told of material that is
   * passed over. Rejects with MountError `key_unavailable`, which holds nothing of the content.
   */
  inspect(source: Source, skipped: (problem: string) => void): Promise<number>;
}
