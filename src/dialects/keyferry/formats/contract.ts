import type { Fields } from "../../../model/fields.ts";
import type { Tree } from "../../../model/outcome.ts";
import type { RenderContext } from "../../../model/plan.ts";

/** What a file in a format is made of. */
export interface FormatInput<Options> {
  readonly data: Tree;
  readonly options: Options;
  /** The value that `outputOptions.passwordFrom` names, as text; undefined for a format that takes none. */
  readonly password: string | undefined;
}

/** One `output`: how data becomes a file that programs read. */
export interface OutputFormat<Options = unknown> {
  /** As `output` names it. */
  readonly name: string;
  /** Whether `outputOptions.passwordFrom` must name a password; elsewhere it may not. */
  readonly takesPassword: boolean;
  /** Reads the format's own fields of `outputOptions`, of which there may be none. Does no I/O. */
  options(fields: Fields | undefined): Options;
  /**
   * The bytes of the file. Rejects with MountError `output_failed`, naming the key that does not fit and what the format
   * takes, and never a value. The same input gives the same bytes.
   */
  write(input: FormatInput<Options>, context: RenderContext): Promise<Uint8Array>;
}

/** A format without options and password, made of data alone; `write` may throw MountError. */
export function plainFormat(name: string, write: (data: Tree) => string | Promise<string>): OutputFormat<undefined> {
  return {
    name,
    takesPassword: false,
    options: () => undefined,
    write: async ({ data }) => Buffer.from(await write(data), "utf8"),
  };
}
