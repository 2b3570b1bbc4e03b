import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Largest file that is read, in bytes, and most files and levels of a folder: manifests may name paths. */
const most = { bytes: 4 << 20, files: 1_000, levels: 8 } as const;

/** Why a path is not read. */
class Unreadable extends Error {}

/**
 * A regular file, whole. Rejects for anything else, since the path may be what a manifest's author chose: devices and
 * pipes never end.
 */
export async function readBounded(path: string): Promise<Uint8Array> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size > most.bytes) throw new Unreadable("not a regular file of bearable size");
    const bytes = Buffer.alloc(most.bytes + 1);
    let filled = 0;
    for (;;) {
      const { bytesRead } = await handle.read(bytes, filled, Math.min(64 << 10, bytes.length - filled), filled);
      filled += bytesRead;
      if (filled > most.bytes) throw new Unreadable("a file that does not end");
      if (bytesRead === 0) return Uint8Array.from(bytes.subarray(0, filled));
    }
  } finally {
    await handle.close();
  }
}

/** Every file below a folder, without what Kubernetes hides behind `..`. Rejects for one with too many. */
export async function readFolder(path: string): Promise<readonly Uint8Array[]> {
  const paths: string[] = [];
  await collect(path, 0, paths);
  return Promise.all(paths.map(readBounded));
}

async function collect(folder: string, level: number, paths: string[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.filter(({ name }) => !name.startsWith(".."))) {
    const full = join(folder, entry.name);
    if (level >= most.levels || paths.length >= most.files) throw new Unreadable("too many files");
    if (entry.isDirectory()) await collect(full, level + 1, paths);
    else paths.push(full);
  }
}
