import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { KeySource } from "../../model/key.ts";
import { createKeyFile, guardedReader, KeyProblem, type KeyFile } from "./file.ts";

/** One file of key material; its name is shown in problems, its text never. */
export interface KeyText {
  readonly name: string;
  readonly text: string;
}

/** Most files of one folder: a controller that made a key every month for decades fits. */
const mostFiles = 256;

/**
 * As `createKeyFile`, for a path that may also be a folder such as a mounted Secret: then every file in it whose name
 * does not start with a dot is read, by name. Parsed again whenever one of them changes, comes or goes.
 */
export function createKeyFolder<T, Source extends KeySource>(
  source: Source,
  parse: (texts: readonly KeyText[]) => T | Promise<T>,
): KeyFile<T, Source> {
  const files = new Map<string, KeyFile<KeyText>>();
  let last: { readonly texts: readonly KeyText[]; readonly content: Promise<T> } | undefined;
  const fileAt = (path: string, name: string): KeyFile<KeyText> => {
    const known = files.get(path);
    if (known !== undefined) return known;
    const made = createKeyFile({ ...source, file: path }, (text) => Promise.resolve({ name, text }));
    files.set(path, made);
    return made;
  };
  return guardedReader(source, async () => {
    const paths = await pathsOf(source.file);
    for (const path of files.keys()) if (!paths.has(path)) files.delete(path);
    const texts = await Promise.all([...paths].map(([path, name]) => fileAt(path, name).read()));
    if (last === undefined || !isSame(last.texts, texts)) {
      last = { texts, content: Promise.resolve(texts).then(parse) };
    }
    return last.content;
  });
}

/** Each file's path and name, of a path that may be a folder. Throws KeyProblem, or what Node.js throws; the folder's own entries of kubelet (`..data`) start with a dot. */
export async function pathsOf(path: string): Promise<ReadonlyMap<string, string>> {
  if (!(await stat(path)).isDirectory()) return new Map([[path, path]]);
  const names = (await readdir(path)).filter((name) => !name.startsWith(".")).sort();
  if (names.length === 0) throw new KeyProblem("is configured with a folder without files");
  if (names.length > mostFiles) throw new KeyProblem(`has a folder of more than ${mostFiles} files`);
  return new Map(names.map((name) => [join(path, name), name]));
}

/** Files that did not change give the very same object again. */
function isSame(a: readonly KeyText[], b: readonly KeyText[]): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at]);
}
