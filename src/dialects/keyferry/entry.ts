import type { DialectInput } from "../../model/dialect.ts";
import type { Fields } from "../../model/fields.ts";
import { defaultFileMode, parseObjectPath, pathProblem, type FileMode, type ObjectPath } from "../../model/file.ts";
import type { PlannedStore } from "../../model/plan.ts";
import type { ObjectRead } from "../../model/read.ts";
import type { Reason } from "../../model/reasons.ts";
import { decodings, encodings } from "../../text/codecs/encoding.ts";
import { parseOctalMode } from "../../text/codecs/octal.ts";
import { compileSelection, type CompiledExpression } from "../../text/jmespath/index.ts";
import { nearest } from "../../text/nearest.ts";
import type { Reader } from "../../text/yaml/reader.ts";
import type { ClaimedPath } from "../../text/claimed-paths.ts";
import type { KnownStores } from "./stores.ts";
import type { TemplateSizes } from "./templates/size.ts";
import type { Templates } from "./templates/templates.ts";
import type { ValueSpec } from "./value.ts";

/** What reading an entry needs besides its own fields. */
export interface EntryContext {
  readonly input: DialectInput;
  readonly stores: KnownStores;
  /** Takes a parameter that an entry reads; it then counts as known. */
  readonly claim: (parameter: string) => void;
  /** Paths that entries take for certain. */
  readonly claimed: ClaimedPath[];
  readonly templates: Templates;
  readonly templateSizes: TemplateSizes;
}

/** Fields whose issues may have a reason of their own. */
export interface EntryFields extends Fields {
  refuse(name: string, problem: string, fix: string, reason?: Reason): void;
}

/** Fields that are common to all stores although a store may have none; each with what it lacks then. */
export const optionalFields: ReadonlyMap<string, string> = new Map([
  ["objectVersion", "versions"],
  ["objectType", "types"],
]);

/** `filePermission`, or the mode of files that name none. */
export function readMode(reader: Reader, { input }: EntryContext): FileMode {
  const text = reader.text("filePermission");
  if (text === undefined) return input.defaultMode;
  const mode = parseOctalMode(text);
  if (mode !== undefined) return mode;
  const fix = "write three octal digits, such as 0400 or 0644";
  reader.refuse("filePermission", "it is not octal permission bits", fix, "mode_invalid");
  return defaultFileMode;
}

/** `objectAlias`, or where that is absent the text in its place; claims the path. */
export function readPath(
  reader: Reader,
  instead: string | undefined,
  { claimed }: EntryContext,
): ObjectPath | undefined {
  const alias = reader.text("objectAlias");
  const text = alias ?? instead;
  if (text === undefined) return undefined;
  const field = alias === undefined ? "objectName" : "objectAlias";
  const problem = pathProblem(text);
  if (problem !== undefined) {
    const fix = "set objectAlias to a relative path such as db/password";
    reader.refuse(field, `the path cannot be used: ${problem}`, fix, "path_invalid");
    return undefined;
  }
  claimed.push({ path: text, place: { ...reader.place, field } });
  return parseObjectPath(text);
}

/** The folder of an entry's files: `objectAlias`; empty for the volume's root, also where it is absent. */
export function readFolder(reader: Reader): string {
  const alias = reader.text("objectAlias") ?? "";
  const problem = alias === "" ? undefined : pathProblem(alias);
  if (problem !== undefined) {
    const fix = 'write a relative folder such as app, or "" for the root of the volume';
    reader.refuse("objectAlias", `the folder cannot be used: ${problem}`, fix, "path_invalid");
  }
  return alias;
}

/** `jmesPath`, `objectEncoding` and `decode`. */
export function readValueSpec(fields: Fields): ValueSpec {
  return {
    select: readSelection(fields),
    encoding: fields.oneOf("objectEncoding", encodings) ?? "utf-8",
    decoding: fields.oneOf("decode", decodings),
  };
}

function readSelection(fields: Fields): CompiledExpression | undefined {
  const expression = fields.text("jmesPath");
  if (expression === undefined) return undefined;
  const compiled = compileSelection(expression);
  if (compiled.kind === "compiled") return compiled.selection;
  fields.refuse("jmesPath", compiled.problem, "write an expression such as data.password");
  return undefined;
}

/** The store that an entry names, or the one that needs no name. */
export function readStore(
  reader: EntryFields,
  { stores }: EntryContext,
  inherited?: PlannedStore,
): PlannedStore | undefined {
  const name = reader.text("store");
  const { standard, declared, broken, byName } = stores;
  if (name === undefined) {
    if (inherited !== undefined) return inherited;
    if (standard === undefined && !reader.has("store") && declared !== 1 && !Number.isNaN(declared)) {
      const problem = declared === 0 ? "it is missing, and there is no store to fall back on" : "it is missing";
      const fix = "name one of the stores that the parameter stores declares";
      reader.refuse("store", problem, fix, "parameter_missing");
    }
    return standard;
  }
  const found = byName.get(name);
  if (found !== undefined || broken.has(name)) return found;
  if (Number.isNaN(declared)) return undefined;
  const meant = nearest(name, byName.keys());
  const fix = meant === undefined ? `known stores: ${[...byName.keys()].join(", ")}` : `did you mean ${meant}?`;
  reader.refuse("store", "there is no store of this name", fix);
  return undefined;
}

/** What the store's language makes of the object. */
export function readObject(
  fields: Fields,
  objectName: string,
  planned: PlannedStore,
  { input, claim }: EntryContext,
): ObjectRead {
  const carried = (parameter: string): string | undefined => {
    const text = input.parameters.get(parameter);
    if (text !== undefined) claim(parameter);
    return text;
  };
  return planned.store.language.object(
    fields,
    { objectName, carried, thorough: input.thorough === true },
    planned.params,
  );
}

/** Reports the fields that neither the language nor the store knows. */
export function finishEntry(reader: Reader, planned: PlannedStore | undefined): void {
  reader.finish((field) => {
    const lacking = optionalFields.get(field);
    if (lacking === undefined || planned === undefined) return undefined;
    return { problem: `store kind ${planned.store.kind} has no ${lacking}`, fix: "remove the field" };
  });
}
