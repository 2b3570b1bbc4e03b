import { MountError } from "../../model/error.ts";
import { parseObjectPath, pathProblem, type FileMode, type VolumeFile } from "../../model/file.ts";
import type { Found, Tree } from "../../model/outcome.ts";
import type { Rendered, RenderContext } from "../../model/plan.ts";
import { Secret } from "../../model/secret.ts";
import type { ObjectVersion } from "../../model/version.ts";
import { rewrite, type Rewrite } from "../../text/rewrite.ts";
import type { Reader } from "../../text/yaml/reader.ts";
import { readPattern, readRewrites } from "./rewrites.ts";
import { changeOf, isStructured, itemBytes, valueData, type ValueSpec } from "./value.ts";

/** Which keys of a map become files, and how these are named. */
export interface Extraction {
  readonly match: string | undefined;
  readonly rewrites: readonly Rewrite[];
}

/** What the files of an extraction are made with. */
export interface Extracting {
  readonly extraction: Extraction;
  /** Empty for the root of the volume. */
  readonly folder: string;
  readonly mode: FileMode;
  readonly spec: ValueSpec;
  /** Of versions. */
  readonly suffix: string;
}

/** `extract: true`, or a map with `match` and `rewrite`; undefined where it is absent or false. */
export function readExtraction(reader: Reader): Extraction | undefined {
  if (!reader.has("extract")) return undefined;
  if (!reader.isMap("extract"))
    return reader.boolean("extract") === true ? { match: undefined, rewrites: [] } : undefined;
  const fields = reader.entry("extract");
  if (fields === undefined) return undefined;
  const extraction = { match: readPattern(fields, "match"), rewrites: readRewrites(fields) };
  fields.finish();
  return extraction;
}

/** One file for each key. Rejects with MountError. */
export async function extractFiles(extracting: Extracting, found: Found, context: RenderContext): Promise<Rendered> {
  const { extraction, folder, mode, spec, suffix } = extracting;
  const items = await itemsOf(extraction, spec, found, context);
  const change = changeOf({ ...spec, decoding: undefined }, ["extract", spec.decoding ?? null]);
  const files: VolumeFile[] = [];
  const versions: ObjectVersion[] = [];
  const taken = new Map<string, string>();
  for (const { name, rewritten, value } of items) {
    const bytes = itemBytes(spec, value);
    if (bytes === undefined) continue;
    const path = pathOf(folder, rewritten, name);
    const other = taken.get(path);
    if (other !== undefined) throw collision(path, other, name);
    taken.set(path, name);
    files.push({ path, mode, content: new Secret(Uint8Array.from(bytes)) });
    versions.push({ id: path, version: `${found.version}${change}${suffix}` });
  }
  if (files.length === 0) throw new MountError("object_not_found", emptyProblem);
  return { files, versions };
}

const emptyProblem = "the object has no key to extract; correct match, or say with onMissing what then";

/** Why there is nothing to extract; undefined where there is. Rejects with MountError. */
export async function extractionProblem(
  extraction: Extraction,
  spec: ValueSpec,
  found: Found,
  context: RenderContext,
): Promise<string | undefined> {
  return (await itemsOf(extraction, spec, found, context)).length === 0 ? emptyProblem : undefined;
}

interface Item {
  readonly name: string;
  readonly rewritten: string;
  readonly value: Tree;
}

/** The keys that are wanted and have a value, in their order. */
async function itemsOf(
  { match, rewrites }: Extraction,
  spec: ValueSpec,
  found: Found,
  context: RenderContext,
): Promise<readonly Item[]> {
  const entries = [...(await mapOf(spec, found, context))].filter(([, value]) => value !== null);
  const names = entries.map(([name]) => name);
  const paths = await rewrite({ names, wanted: match, rewrites }, (heavy, input) => context.run(heavy, input));
  return entries.flatMap(([name, value], at) => {
    const rewritten = paths[at];
    return rewritten === null || rewritten === undefined ? [] : [{ name, rewritten, value }];
  });
}

/** The path of a file; a `/` in a name separates folders. Throws MountError `path_invalid`. */
export function pathOf(folder: string, name: string, source: string): ReturnType<typeof parsePath> {
  return parsePath(folder === "" ? name : `${folder}/${name}`, source);
}

function parsePath(text: string, source: string) {
  const path = parseObjectPath(text);
  if (path !== undefined) return path;
  const problem = pathProblem(text) ?? "it cannot be used";
  throw new MountError("path_invalid", `${shownName(source)} makes no path: ${problem}; rename it with rewrite`);
}

/** Two names that would be one file. */
export function collision(path: string, one: string, other: string): MountError {
  return new MountError(
    "path_conflict",
    `${shownName(one)} and ${shownName(other)} would both be the file ${shownName(path)}; tell them apart with rewrite`,
  );
}

/** A key or name as messages show it: names are no secrets, but may be long. */
function shownName(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}

async function mapOf(spec: ValueSpec, found: Found, context: RenderContext): Promise<ReadonlyMap<string, Tree>> {
  const plain = { ...spec, encoding: "utf-8", decoding: undefined } as const;
  const data = spec.select === undefined && found.entries !== undefined ? found.entries() : undefined;
  const tree = data ?? (await valueData(plain, found, context));
  if (isStructured(tree) && !Array.isArray(tree)) return new Map(Object.entries(tree as Record<string, Tree>));
  throw new MountError("object_unusable", "extract needs an object whose value is a map; select one with jmesPath");
}
