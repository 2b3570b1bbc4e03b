import { defaultFileMode, parseObjectPath, pathProblem, type FileMode, type ObjectPath } from "../../model/file.ts";
import type { IssueSink } from "../../model/issue.ts";
import type { Found } from "../../model/outcome.ts";
import type { PlannedStore, RenderContext, SingleObject } from "../../model/plan.ts";
import type { ObjectRead } from "../../model/read.ts";
import type { DialectInput } from "../../model/dialect.ts";
import { encodings } from "../../text/codecs/encoding.ts";
import { compileSelection, type CompiledExpression } from "../../text/jmespath/index.ts";
import { nearest } from "../../text/nearest.ts";
import { parseOctalMode } from "../../text/codecs/octal.ts";
import { readList } from "../../text/yaml/read-text.ts";
import type { Reader } from "../../text/yaml/reader.ts";
import { renderObject } from "./object-file.ts";
import { reportClashes, type ClaimedPath } from "../../text/claimed-paths.ts";
import type { KnownStores } from "./stores.ts";

/** Fields that are common to all stores although a store may have none; each with what it lacks then. */
const optionalFields: ReadonlyMap<string, string> = new Map([
  ["objectVersion", "versions"],
  ["objectType", "types"],
]);

/** Reads the `objects` parameter; `claim` is told each parameter that a store reads as a carried document. */
export function parseObjects(
  input: DialectInput,
  stores: KnownStores,
  claim: (parameter: string) => void,
  issues: IssueSink,
): readonly SingleObject[] {
  const text = input.parameters.get("objects");
  if (text === undefined) {
    const fix = "list the objects to mount, each with its objectName";
    issues.add({ reason: "parameter_missing", place: { parameter: "objects" }, problem: "it is missing", fix });
    return [];
  }
  const readers = readList(text, "objects", issues);
  if (readers?.length === 0 && isEmptyList(text)) {
    const fix = 'list at least one object, such as "- objectName: db"';
    issues.add({ reason: "no_objects", place: { parameter: "objects" }, problem: "it lists no object", fix });
  }
  const claimed: ClaimedPath[] = [];
  const objects = (readers ?? []).map((reader) => new ObjectParser(reader, input, stores, claim).parse(claimed));
  reportClashes(claimed, "refused", issues);
  return objects.filter((object) => object !== undefined);
}

/** Whether nothing is listed at all, in contrast to entries that could not be read. */
function isEmptyList(text: string): boolean {
  const found: unknown[] = [];
  readList(text, "objects", { add: (issue) => found.push(issue) });
  return found.length === 0;
}

class ObjectParser {
  readonly #reader: Reader;
  readonly #input: DialectInput;
  readonly #stores: KnownStores;
  readonly #claim: (parameter: string) => void;

  constructor(reader: Reader, input: DialectInput, stores: KnownStores, claim: (parameter: string) => void) {
    this.#reader = reader;
    this.#input = input;
    this.#stores = stores;
    this.#claim = claim;
  }

  /** Reads all fields even if some are wrong, so that every mistake is found. */
  parse(claimed: ClaimedPath[]): SingleObject | undefined {
    const reader = this.#reader;
    const objectName = reader.requiredText("objectName", "write the store's own name of the object");
    const alias = reader.text("objectAlias");
    const name = alias === undefined || alias === "" ? objectName : alias;
    if (name !== "") reader.setName(name);
    const path = this.#path(alias, objectName);
    const mode = this.#mode();
    const select = this.#select();
    const encoding = reader.oneOf("objectEncoding", encodings) ?? "utf-8";
    const store = this.#store();
    const index = reader.place.index ?? 0;
    if (path !== undefined) claimed.push({ path, place: { ...reader.place, field: this.#pathField(alias) } });
    const read = store === undefined ? undefined : this.#read(store, objectName);
    if (store === undefined || read === undefined || path === undefined) return undefined;
    const file = { path, mode, select, encoding };
    const render = (found: Found, context: RenderContext) => renderObject(file, read, found, context);
    return { index, name: path, store, read, paths: read.named ? undefined : [path], render };
  }

  #pathField(alias: string | undefined): string {
    return alias === undefined ? "objectName" : "objectAlias";
  }

  #path(alias: string | undefined, objectName: string): ObjectPath | undefined {
    if (alias === undefined && objectName === "") return undefined;
    const text = alias ?? objectName.replaceAll("/", "_");
    const problem = pathProblem(text);
    if (problem === undefined) return parseObjectPath(text);
    const fix = "set objectAlias to a relative path such as db/password";
    this.#reader.refuse(this.#pathField(alias), `the path cannot be used: ${problem}`, fix, "path_invalid");
    return undefined;
  }

  #mode(): FileMode {
    const text = this.#reader.text("filePermission");
    if (text === undefined) return this.#input.defaultMode;
    const mode = parseOctalMode(text);
    if (mode !== undefined) return mode;
    const fix = "write three octal digits, such as 0400 or 0644";
    this.#reader.refuse("filePermission", "it is not octal permission bits", fix, "mode_invalid");
    return defaultFileMode;
  }

  #select(): CompiledExpression | undefined {
    const expression = this.#reader.text("jmesPath");
    if (expression === undefined) return undefined;
    const compiled = compileSelection(expression);
    if (compiled.kind === "compiled") return compiled.selection;
    this.#reader.refuse("jmesPath", compiled.problem, "write an expression such as data.password");
    return undefined;
  }

  #store(): PlannedStore | undefined {
    const name = this.#reader.text("store");
    const { standard, declared, broken, byName } = this.#stores;
    if (name === undefined) {
      const fix = "name one of the stores that the parameter stores declares";
      if (standard === undefined && !this.#reader.has("store") && declared !== 1 && !Number.isNaN(declared)) {
        const problem = declared === 0 ? "it is missing, and there is no store to fall back on" : "it is missing";
        this.#reader.refuse("store", problem, fix, "parameter_missing");
      }
      return standard;
    }
    const found = byName.get(name);
    if (found !== undefined || broken.has(name)) return found;
    if (Number.isNaN(declared)) return undefined;
    const meant = nearest(name, byName.keys());
    const fix = meant === undefined ? `known stores: ${[...byName.keys()].join(", ")}` : `did you mean ${meant}?`;
    this.#reader.refuse("store", "there is no store of this name", fix);
    return undefined;
  }

  #read(planned: PlannedStore, objectName: string): ObjectRead {
    const carried = (parameter: string): string | undefined => {
      const text = this.#input.parameters.get(parameter);
      if (text !== undefined) this.#claim(parameter);
      return text;
    };
    const read = planned.store.language.object(
      this.#reader,
      { objectName, carried, thorough: this.#input.thorough === true },
      planned.params,
    );
    this.#reader.finish((field) => {
      const lacking = optionalFields.get(field);
      if (lacking === undefined) return undefined;
      return { problem: `store kind ${planned.store.kind} has no ${lacking}`, fix: "remove the field" };
    });
    return read;
  }
}
