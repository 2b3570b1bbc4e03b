import { MountError } from "../../model/error.ts";
import { parseObjectPath, type FileMode, type ObjectPath } from "../../model/file.ts";
import type { Found } from "../../model/outcome.ts";
import type { PlannedFile, Read, ReadAnswer } from "../../model/plan.ts";
import type { DialectEntry } from "./dialect-entries.ts";
import { isDopplerFound, type DopplerFound } from "./found.ts";
import { ownNames, type NameTransformer } from "./params.ts";
import { processValue } from "./process-value.ts";

/**
 * The file of a whole config, as Doppler wrote it. Where entries name what it is made of, a second read says whether all
 * of it is there.
 */
export function wholeFile(
  reads: readonly Read[],
  path: ObjectPath,
  mode: FileMode,
  entries: readonly DialectEntry[],
): PlannedFile {
  return {
    index: 0,
    name: path,
    reads,
    paths: [path],
    render: (answers) => {
      if (entries.length > 0) refuseMissing(entries, wholeOf(answers.slice(1)));
      const { value: content, version } = onlyFound(answers);
      return { files: [{ path, mode, content }], versions: [{ id: path, version }] };
    },
  };
}

function refuseMissing(entries: readonly DialectEntry[], { secrets }: DopplerFound): void {
  const [first, ...rest] = entries
    .filter(({ name }) => !secrets.has(name))
    .map(({ index, name }) => notThere().within({ index, object: name }));
  if (first !== undefined) throw MountError.all([first, ...rest]);
}

/** A file for each secret of a config, whichever it has. */
export function everyFile(
  read: Read,
  mode: FileMode,
  { ownVariables, transformer }: { readonly ownVariables: boolean; readonly transformer: NameTransformer | undefined },
): PlannedFile {
  return {
    index: 0,
    name: read.name,
    reads: [read],
    paths: undefined,
    render: (answers) => {
      const { secrets } = wholeOf(answers);
      const left = ownVariables ? [] : ownNames;
      const shown = [...secrets].filter(([name]) => !isOneOf(name, left, transformer));
      const files = shown.map(([name, { value: content }]) => {
        const path = parseObjectPath(name);
        if (path !== undefined) return { path, mode, content };
        const text = "Doppler has a name that is no file name; list the secrets, each with a path";
        throw new MountError("path_invalid", text);
      });
      return { files, versions: shown.map(([id, { version }]) => ({ id, version })) };
    },
  };
}

/** Whether a name, as Doppler made it, is one of these; all of its transformers keep the letters and their order. */
function isOneOf(name: string, names: readonly string[], transformer: NameTransformer | undefined): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/gu, "");
  const own = transformer === "tf-var" ? name.replace(/^TF_VAR_/u, "") : name;
  return names.some((one) => (transformer === undefined ? one === name : plain(one) === plain(own)));
}

/** A file for each entry. */
export function entryFiles(read: Read, entries: readonly DialectEntry[], mode: FileMode): readonly PlannedFile[] {
  const once = namedOnce(entries);
  return entries.map((entry) => entryFile(read, entry, mode, once.has(entry.name)));
}

function entryFile(read: Read, entry: DialectEntry, defaultMode: FileMode, isOnly: boolean): PlannedFile {
  const { index, name, path, processing, optional } = entry;
  // The secret's name, with the path where several files are made of it.
  const id = isOnly ? name : `${name}/${path}`;
  return {
    index,
    name,
    reads: [read],
    paths: [path],
    render: async (answers, context) => {
      const found = wholeOf(answers).secrets.get(name);
      if (found === undefined && optional) return { files: [], versions: [] };
      if (found === undefined) throw notThere();
      const content = await processValue(found.value, name, processing, context);
      const version = `${found.version}${changeOf(entry)}`;
      return { files: [{ path, mode: entry.mode ?? defaultMode, content }], versions: [{ id, version }] };
    },
  };
}

function namedOnce(entries: readonly DialectEntry[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const { name } of entries) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count === 1).map(([name]) => name));
}

function notThere(): MountError {
  const text = "Doppler's config has no secret of this name; check it, or set optional";
  return new MountError("object_not_found", text);
}

/** What an edit of the entry changes in its file. */
function changeOf({ processing }: DialectEntry): string {
  if (processing.kind === "plain") return "";
  return processing.kind === "base64" ? "-base64" : `-${processing.form}-${processing.key.slice(0, 64)}`;
}

function wholeOf(answers: readonly (ReadAnswer | undefined)[]): DopplerFound {
  const found = onlyFound(answers);
  if (isDopplerFound(found)) return found;
  throw new MountError("internal", "a config was read as something else");
}

function onlyFound([answer]: readonly (ReadAnswer | undefined)[]): Found {
  if (answer === undefined) throw new MountError("internal", "a file without what it is made of");
  return answer.found;
}
