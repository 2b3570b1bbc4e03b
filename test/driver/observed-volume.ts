import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** What is in a volume's folder, whoever wrote it. */
export interface ObservedVolume {
  readonly exists: boolean;
  /** Mode in octal and text, by path, as a reader of the volume sees them. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders that an attempt left behind: readable, and part of no content. */
  readonly leftovers: number;
}

/** Looks at a volume; follows no link out of it. */
export function observeVolume(target: string): ObservedVolume {
  if (!existsSync(target)) return { exists: false, files: {}, leftovers: 0 };
  const names = readdirSync(target);
  const live = names.includes("..data") ? readlinkSync(join(target, "..data")) : undefined;
  const folders = names.filter((name) => name.startsWith("..") && lstatSync(join(target, name)).isDirectory());
  return {
    exists: true,
    files: live === undefined || !existsSync(join(target, live)) ? {} : filesIn(join(target, live)),
    leftovers: folders.filter((name) => name !== live).length,
  };
}

function filesIn(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => {
      const mode = (lstatSync(path).mode & 0o7777).toString(8);
      return [path.slice(folder.length + 1), `${mode} ${readFileSync(path, "latin1")}`] as const;
    });
  return Object.fromEntries(entries);
}
