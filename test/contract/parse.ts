import type { ObjectRead } from "../../src/model/read.ts";
import type { StoreKind } from "../../src/model/store.ts";
import { Issues } from "../../src/text/issues.ts";
import { readList } from "../../src/text/yaml/read-text.ts";
import type { Reader } from "../../src/text/yaml/reader.ts";

/** What a store's language makes of the own fields of a `stores` entry, in YAML's flow style without braces. */
export function paramsOf({ language }: StoreKind, fields: string): unknown {
  return read(fields, (reader) => language.params(reader));
}

/** What it makes of the fields of an object, objectName among them. */
export function objectOf(
  { language }: StoreKind,
  fields: string,
  params: unknown,
  documents: ReadonlyMap<string, string> = new Map(),
): ObjectRead {
  return read(fields, (reader) => {
    const objectName = reader.requiredText("objectName", "name it");
    return language.object(reader, { objectName, carried: (name) => documents.get(name) }, params);
  });
}

function read<T>(fields: string, parse: (reader: Reader) => T): T {
  const issues = new Issues();
  const [reader] = readList(`[{ ${fields} }]`, "objects", issues) ?? [];
  if (reader === undefined) throw new Error("the fields are not YAML");
  const parsed = parse(reader);
  reader.finish();
  const problem = issues.toError();
  if (problem !== undefined) throw problem;
  return parsed;
}
