import type { Tree } from "../../model/outcome.ts";
import { MountError } from "../../model/error.ts";
import type { PlannedFile, Read } from "../../model/plan.ts";
import type { Reader } from "../../text/yaml/reader.ts";
import { finishEntry, readMode, readPath, type EntryContext } from "./entry.ts";
import { findNames, type NamedValues } from "./named-values.ts";
import { linkOutput, outputFile, readOutput } from "./output.ts";

/** An entry that makes its file out of named values of other entries; linked once all of these are known. */
export interface ComposedEntry {
  link(values: NamedValues, broken: ReadonlySet<string>): PlannedFile | undefined;
}

/** An entry with `from` and `output`: one map of the named values, in a form that programs read. */
export function parseFromEntry(reader: Reader, context: EntryContext): ComposedEntry {
  const alias = reader.requiredText("objectAlias", "name the file, such as app.env");
  if (alias !== "") reader.setName(alias);
  const names = reader.texts("from") ?? [];
  if (reader.has("from") && names.length === 0) reader.refuse("from", "it is empty", "list names that as gave");
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) reader.refuse("from", "a name is there twice", "write each name once");
  const output = readOutput(reader);
  const mode = readMode(reader, context);
  const path = alias === "" ? undefined : readPath(reader, undefined, context);
  finishEntry(reader, undefined);
  return {
    link: (values, broken) => {
      const parts = findNames(names, values, broken, (problem, fix) => {
        reader.refuse("from", problem, fix);
      });
      const linked = output === undefined ? undefined : linkOutput(output, values, broken);
      if (path === undefined || linked === undefined || parts.length === 0) return undefined;
      const reads = [
        ...new Set([...parts, linked.password].flatMap((one): Read[] => (one === undefined ? [] : [one.read]))),
      ];
      return {
        index: reader.place.index ?? 0,
        name: path,
        reads,
        paths: [path],
        render: async (answers, rendering) => {
          const answerOf = ({ read }: { readonly read: Read }) => answers[reads.indexOf(read)];
          const data = Object.create(null) as Record<string, Tree>;
          for (const part of parts) data[part.name] = await part.value(answerOf(part), rendering);
          if (Object.values(data).every((value) => value === null)) {
            throw new MountError("object_not_found", "every value that from names is missing");
          }
          const version = parts.map((part) => part.version(answerOf(part))).join("+");
          const { password } = linked;
          const passwordAnswer = password === undefined ? undefined : answerOf(password);
          return outputFile(linked, { path, mode, data, version, passwordAnswer }, rendering);
        },
      };
    },
  };
}
