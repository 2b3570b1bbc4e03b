import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** What a target directory holds now. */
export interface CurrentVolume {
  /** Name of the directory that `..data` points to; undefined when nothing has been written yet. */
  readonly folder: string | undefined;
  /** Contents by path of what that directory holds. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Names of the symlinks to `..data/<name>`. */
  readonly links: readonly string[];
  /** Names of everything that the writer does not make. */
  readonly strangers: readonly string[];
}

/** The writer's own directories; anything else that starts with two dots is a stranger. */
const folderName = /^\.\.\d{4}(_\d\d){5}\.\w+$/;

/** Reads a volume back; an absent target is an empty one. Rejects with the error of the file system. */
export async function readVolume(target: string): Promise<CurrentVolume> {
  const links: string[] = [];
  const strangers: string[] = [];
  let folder: string | undefined;
  for (const name of await namesIn(target)) {
    const points = await readlink(join(target, name)).catch(() => undefined);
    if (name === "..data" && points !== undefined && folderName.test(points)) folder = points;
    else if (points === `..data/${name}`) links.push(name);
    else if (!(await isOwnLeftover(target, name, points))) strangers.push(name);
  }
  const files = new Map<string, Buffer>();
  if (folder !== undefined) await readFiles(join(target, folder), "", files);
  return { folder, files, links, strangers };
}

async function namesIn(target: string): Promise<readonly string[]> {
  try {
    return await readdir(target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** What the writer leaves behind when it is killed. */
async function isOwnLeftover(target: string, name: string, points: string | undefined): Promise<boolean> {
  if (points !== undefined) return name === "..data_tmp" && folderName.test(points);
  return folderName.test(name) && (await lstat(join(target, name))).isDirectory();
}

async function readFiles(folder: string, prefix: string, files: Map<string, Buffer>): Promise<void> {
  for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
    const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) await readFiles(folder, path, files);
    else files.set(path, await readFile(join(folder, path)));
  }
}
