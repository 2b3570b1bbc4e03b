import { MountError } from "../../../model/error.ts";
import type { Tree } from "../../../model/outcome.ts";
import { shownName } from "../../../text/shown-name.ts";
import { jsonText } from "../../../text/tree-bytes.ts";
import { isStructured, textOrBytes } from "../value.ts";

/** A key of a map, and its value. */
export type Entry = readonly [key: string, value: Tree];

/** The error of data that an output cannot hold; `problem` names keys and never a value. */
export function outputError(problem: string): MountError {
  return new MountError("output_failed", problem);
}

/** Whether a value is a map, in contrast to a list and to one value. */
export function isMap(data: Tree | undefined): data is Readonly<Record<string, Tree>> {
  return isStructured(data) && !isList(data);
}

/** Whether a value is a list. */
export function isList(data: Tree | undefined): data is readonly Tree[] {
  return Array.isArray(data);
}

/** The entries of a map without those that are null. Throws MountError `output_failed` for other data and where none are left. */
export function entriesOf(data: Tree, output: string): readonly [Entry, ...Entry[]] {
  if (!isMap(data)) throw outputError(`output ${output} needs a map; select one with jmesPath, or list names in from`);
  const [first, ...more] = Object.entries(data).filter(([, value]) => value !== null);
  if (first === undefined) throw outputError(`output ${output} has nothing to write: the map has no value`);
  return [first, ...more];
}

/**
 * One value as text: numbers as they stand, `true` or `false`. Throws MountError `output_failed` for lists, maps, null,
 * and bytes that are not UTF-8.
 */
export function textOf([key, value]: Entry, output: string): string {
  if (value === null) throw outputError(`output ${output}: ${shownName(key)} is null`);
  if (isStructured(value)) {
    throw outputError(`output ${output}: ${shownName(key)} holds a list or a map; it takes single values`);
  }
  const text = ArrayBuffer.isView(value) ? textOrBytes(value) : value;
  if (typeof text === "string") return text;
  if (ArrayBuffer.isView(text)) {
    throw outputError(`output ${output}: ${shownName(key)} holds bytes that are not text; store them as base64`);
  }
  return jsonText(text);
}

/** `textOf` for formats of lines: refuses characters that would end the line, or that no reader takes. */
export function lineOf(entry: Entry, output: string): string {
  const text = textOf(entry, output);
  // eslint-disable-next-line no-control-regex -- these are what is refused
  if (!/[\u0000-\u0008\u000a-\u001f\u007f]/u.test(text)) return text;
  throw outputError(
    `output ${output}: ${shownName(entry[0])} holds a line end or another control character, which the format cannot hold`,
  );
}

/** The data with the keys of every map in order, so that the same values are the same bytes. */
export function sorted(data: Tree): Tree {
  if (isList(data)) return data.map(sorted);
  if (!isMap(data)) return data;
  const map = Object.create(null) as Record<string, Tree>;
  for (const key of Object.keys(data).sort()) map[key] = sorted(data[key] ?? null);
  return map;
}

/** The maps of a list, or the one map; `key` of each is its place, for messages. Throws MountError `output_failed`. */
export function recordsOf(data: Tree, output: string): readonly Readonly<Record<string, Tree>>[] {
  const records = isList(data) ? data : [data];
  if (records.length === 0) throw outputError(`output ${output} has nothing to write: the list is empty`);
  return records.map((record) => {
    if (isMap(record)) return record;
    throw outputError(`output ${output} needs a map, or a list of maps; select one with jmesPath`);
  });
}

/** One field of a map as the text of a line. Throws MountError `output_failed` where it is absent without a default. */
export function fieldOf(
  record: Readonly<Record<string, Tree>>,
  name: string,
  output: string,
  instead?: string,
): string {
  const value = Object.hasOwn(record, name) ? (record[name] ?? null) : null;
  if (value !== null) return lineOf([name, value], output);
  if (instead !== undefined) return instead;
  throw outputError(`output ${output} needs the key ${name}, which the map does not have`);
}
