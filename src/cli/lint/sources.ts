import { isUtf8 } from "node:buffer";
import { join } from "node:path";

/** Where manifests come from. */
export interface SourceReader {
  /** The bytes of a file, or of standard input for `-`. Rejects when it cannot be read. */
  read(file: string): Promise<Uint8Array>;
  /** What a folder holds, in any order; undefined for anything but a folder. Links are `other`. */
  entries(
    path: string,
  ): Promise<readonly { readonly name: string; readonly is: "file" | "folder" | "other" }[] | undefined>;
}

/** Files to read, in order. */
export interface Sources {
  /** `named`: given by name, so that it must hold something to check; else found in a folder. */
  readonly files: readonly { readonly file: string; readonly named: boolean }[];
  readonly problems: readonly string[];
}

/** Endings of files that are looked at in folders. */
const endings = /\.(?:ya?ml|json)$/iu;

/** Folders that hold no manifests of the person's own. */
const skipped = /^(?:\..+|node_modules)$/u;

/** Most files of all folders together, and how deep folders are searched. */
const most = { files: 20_000, depth: 32 };

/** Replaces each folder by the files below it, sorted by path. */
export async function expandSources(paths: readonly string[], io: SourceReader): Promise<Sources> {
  const files: { file: string; named: boolean }[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    const isFolder = path !== "-" && (await io.entries(path)) !== undefined;
    if (!isFolder) {
      files.push({ file: path, named: true });
      continue;
    }
    const found = await filesBelow(path, io);
    if (found.length === 0)
      problems.push(`${path}: there is no file that ends with .yaml, .yml or .json in this folder`);
    if (found.length > most.files) problems.push(`${path}: the folder has more than ${most.files} files`);
    else files.push(...found.map((file) => ({ file, named: false })));
  }
  return { files, problems };
}

async function filesBelow(root: string, io: SourceReader): Promise<readonly string[]> {
  const found: string[] = [];
  const open = [{ path: root, depth: 0 }];
  while (open.length > 0 && found.length <= most.files) {
    const { path, depth } = open.pop() ?? { path: root, depth: 0 };
    for (const { name, is } of (await io.entries(path)) ?? []) {
      if (is === "file" && endings.test(name)) found.push(join(path, name));
      if (is === "folder" && depth < most.depth && !skipped.test(name))
        open.push({ path: join(path, name), depth: depth + 1 });
    }
  }
  return found.sort((a, b) => (a < b ? -1 : 1));
}

/** A file's text, or why it has none. */
export type DecodedText =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "refused"; readonly problem: string; readonly fix: string };

/** Decodes UTF-8, with or without a byte order mark; tells UTF-16 and UTF-32 apart from files that are no text. */
export function textOf(bytes: Uint8Array): DecodedText {
  const starts = (...mark: readonly number[]) => mark.every((byte, index) => bytes[index] === byte);
  const zeros = bytes.subarray(0, 64).reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  const wide = starts(0xff, 0xfe) || starts(0xfe, 0xff) || zeros > 8;
  if (wide && bytes.length % 2 === 0) {
    const fix = "save it as UTF-8; in PowerShell: Out-File -Encoding utf8";
    return { kind: "refused", problem: "the file is UTF-16 or UTF-32, which kubectl cannot read", fix };
  }
  if (!isUtf8(bytes)) return { kind: "refused", problem: "the file is not UTF-8 text", fix: "save it as UTF-8" };
  return { kind: "text", text: new TextDecoder("utf-8").decode(bytes) };
}
