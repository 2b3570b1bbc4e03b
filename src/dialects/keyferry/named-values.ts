import type { Tree } from "../../model/outcome.ts";
import type { Read, ReadAnswer, RenderContext } from "../../model/plan.ts";
import { nearest } from "../../text/nearest.ts";
import type { Reader } from "../../text/yaml/reader.ts";

/** A value that templates and outputs may use by the name that `as` gave it. */
export interface NamedValue {
  readonly name: string;
  readonly read: Read;
  /** Null where the object is missing and may be. Rejects with MountError. */
  value(answer: ReadAnswer | undefined, context: RenderContext): Promise<Tree>;
  /** Changes if and only if the value does, as far as the store's versions tell. */
  version(answer: ReadAnswer | undefined): string;
}

export type NamedValues = ReadonlyMap<string, NamedValue>;

const nameForm = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/u;

/** `as`; each name once. */
export function readName(reader: Reader, taken: ReadonlySet<string>): string | undefined {
  const name = reader.text("as");
  if (name === undefined) return undefined;
  if (!nameForm.test(name)) {
    reader.refuse("as", "it is no name", "write letters, digits and _, such as db, the first no digit");
    return undefined;
  }
  if (!taken.has(name)) return name;
  reader.refuse("as", "another object has the same name", "give each object a name of its own");
  return undefined;
}

/** The values of these names; those that there are not are reported at the field. */
export function findNames(
  names: readonly string[],
  values: NamedValues,
  broken: ReadonlySet<string>,
  report: (problem: string, fix: string) => void,
): readonly NamedValue[] {
  return names.flatMap((name) => {
    const found = values.get(name);
    if (found !== undefined || broken.has(name)) return found ?? [];
    const meant = nearest(name, values.keys());
    const known =
      values.size === 0 ? "give an object this name with as" : `known names: ${[...values.keys()].join(", ")}`;
    report(
      `no object is named ${JSON.stringify(name.slice(0, 64))}`,
      meant === undefined ? known : `did you mean ${meant}?`,
    );
    return [];
  });
}
