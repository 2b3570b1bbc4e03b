import { MountError } from "../../model/error.ts";
import type { FileMode } from "../../model/file.ts";
import type { PlannedFile, PlannedListing, PlannedStore, Read, ReadAnswer, RenderContext } from "../../model/plan.ts";
import { onlyCandidate } from "../../model/plan.ts";
import type { ListCriteria, ListedObject, Listing } from "../../model/read.ts";
import { rewrite, type Rewrite } from "../../text/rewrite.ts";
import type { Reader } from "../../text/yaml/reader.ts";
import { finishEntry, readFolder, readMode, readStore, readValueSpec, type EntryContext } from "./entry.ts";
import { collision, pathOf } from "./extract.ts";
import { readMissing, type WhenMissing } from "./missing.ts";
import { partFile } from "./object-file.ts";
import { readPattern, readRewrites } from "./rewrites.ts";
import { lacking, type ValueSpec } from "./value.ts";

/** Most objects that one entry finds where it does not say, and most that it may say. */
const most = { standard: 100, allowed: 1000 } as const;

/** Names that a message lists of those that are too many. */
const shownNames = 3;

interface Finding {
  readonly index: number;
  readonly name: string;
  readonly store: PlannedStore;
  readonly criteria: ListCriteria;
  readonly match: string | undefined;
  readonly max: number;
  readonly rewrites: readonly Rewrite[];
  readonly folder: string;
  readonly mode: FileMode;
  readonly spec: ValueSpec;
  readonly missing: WhenMissing;
}

/** An entry with `find`: every object of the store that matches, a file each. */
export function parseFindEntry(reader: Reader, context: EntryContext): PlannedListing | undefined {
  const alias = reader.text("objectAlias") ?? "";
  reader.setName(alias === "" ? "find" : alias);
  const store = readStore(reader, context);
  const found = readCriteria(reader, store);
  const rewrites = readRewrites(reader);
  const folder = readFolder(reader);
  const mode = readMode(reader, context);
  const spec = readValueSpec(reader);
  const missing = readMissing(reader);
  if (missing.kind === "default") {
    reader.refuse("onMissing", "a listing has no default", "write skip to go on where nothing matches");
  }
  finishEntry(reader, store);
  if (store === undefined || found === undefined) return undefined;
  const index = reader.place.index ?? 0;
  const name = alias === "" ? found.criteria.path || found.criteria.prefix || "find" : alias;
  const finding = { index, name, store, ...found, rewrites, folder, mode, spec, missing };
  return {
    index,
    name,
    store,
    criteria: found.criteria,
    expand: (listing, rendering) => expand(finding, listing, rendering),
  };
}

function readCriteria(reader: Reader, store: PlannedStore | undefined) {
  const fields = reader.entry("find");
  if (fields === undefined) return undefined;
  const criteria = {
    prefix: fields.text("prefix") ?? "",
    path: fields.text("path") ?? "",
    tags: fields.map("tags") ?? new Map<string, string>(),
  };
  const match = readPattern(fields, "match");
  const max = fields.integer("max", { min: 1, max: most.allowed }) ?? most.standard;
  fields.finish();
  if (!["prefix", "path", "match", "tags"].some((name) => fields.has(name))) {
    reader.refuse("find", "it has no criterion", "say what to find: prefix, path, match or tags");
  }
  const known = store?.store.language.criteria ?? ["prefix", "path", "tags"];
  const byFolder = known.every((name) => name === "path") && !fields.has("path") && !criteria.prefix.includes("/");
  if (known.length > 0 && byFolder) {
    const problem = `stores of kind ${store?.store.kind ?? ""} are listed by folder`;
    reader.refuse("find", problem, "add path: a folder such as secret/data/shop/");
  }
  if (known.length === 0) {
    const problem = `stores of kind ${store?.store.kind ?? ""} cannot be listed`;
    reader.refuse("find", problem, "name the objects one by one, or take a document's keys with extract");
  } else {
    for (const name of ["path", "tags"] as const) {
      if (!fields.has(name) || known.includes(name)) continue;
      const problem = `find: stores of kind ${store?.store.kind ?? ""} have no ${name}`;
      reader.refuse("find", problem, `use ${[...new Set([...known, "match"])].join(" or ")}`);
    }
  }
  return { criteria, match, max };
}

/** The reads and files of what was listed. Rejects with MountError. */
async function expand(finding: Finding, listing: Listing, context: RenderContext) {
  const { criteria, match, max, missing } = finding;
  const described = listing.filter((one) => isDescribed(one, criteria));
  const names = described.map(({ name }) => name);
  const paths = await rewrite({ names, wanted: match, rewrites: finding.rewrites }, (heavy, input) =>
    context.run(heavy, input),
  );
  const chosen = described.flatMap((object, at) => {
    const rewritten = paths[at];
    return rewritten === null || rewritten === undefined ? [] : [{ object, rewritten }];
  });
  if (chosen.length > max) throw tooMany(chosen.map(({ object }) => object.name), max); // prettier-ignore
  if (chosen.length === 0 && missing.kind === "fail") {
    throw new MountError("object_not_found", "no object of the store matches find; correct it, or set onMissing: skip");
  }
  const taken = new Map<string, string>();
  const files = chosen.map(({ object, rewritten }) => fileOf(finding, object, rewritten, taken));
  return { reads: files.flatMap(({ reads }) => reads), files };
}

/** Whether the object meets the criteria that its store may have left to us. */
function isDescribed({ name, tags }: ListedObject, { prefix, tags: wanted }: ListCriteria): boolean {
  return name.startsWith(prefix) && [...wanted].every(([key, value]) => tags.get(key) === value);
}

function tooMany(names: readonly string[], max: number): MountError {
  const shown = names.slice(0, shownNames).map((name) => JSON.stringify(name)).join(", "); // prettier-ignore
  return new MountError(
    "parameter_invalid",
    `find matches ${names.length} objects, ${shown} and others, and max is ${max}; narrow it, or raise max (to at most ${most.allowed})`,
  );
}

function fileOf(
  { index, store, folder, mode, spec, missing }: Finding,
  { name, read: object, certain }: ListedObject,
  rewritten: string,
  taken: Map<string, string>,
): PlannedFile {
  const path = pathOf(folder, rewritten, name);
  const other = taken.get(path);
  if (other !== undefined) throw collision(path, other, name);
  taken.set(path, name);
  const candidate = {
    ...onlyCandidate(store, object),
    ...(missing.kind === "fail"
      ? {}
      : { lacks: (found: ReadAnswer["found"], context: RenderContext) => lacking(spec, found, context) }),
  };
  const read: Read = {
    index,
    name: path,
    candidates: [candidate],
    whenMissing: missing.kind === "fail" && certain ? "fail" : "omit",
  };
  return {
    index,
    name: path,
    reads: [read],
    paths: [path],
    render: async ([answer], context) => {
      if (answer === undefined) return { files: [], versions: [] };
      const parts = object.parts(answer.found);
      const made = await Promise.all(parts.map((part) => partFile({ path, mode, spec, suffix: "" }, part, context)));
      return { files: made.map(({ file }) => file), versions: made.map(({ version }) => version) };
    },
  };
}
