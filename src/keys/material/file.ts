import { open, stat } from "node:fs/promises";
import type { BigIntStats } from "node:fs";
import { MountError } from "../../model/error.ts";
import type { KeySource } from "../../model/key.ts";
import { systemCode, systemProblem } from "../../model/system-error.ts";

/** A key file, parsed, as it is on disk now. */
export interface KeyFile<T, Source extends KeySource = KeySource> {
  readonly source: Source;
  /** Throws MountError `key_unavailable`, which names the key and nothing of the file's content. */
  read(): Promise<T>;
}

/** Largest key file in bytes; thousands of keys fit. */
const mostBytes = 1024 * 1024;

/** What a key file says that is wrong with it; the text reaches users, so it holds nothing of the content. */
export class KeyProblem extends Error {}

interface Loaded<T> {
  readonly stamp: string;
  readonly content: Promise<T>;
}

/**
 * Reads the file on first use and again whenever inode, size or times differ. Links are followed, so that the swap
 * by which kubelet updates a mounted Secret is noticed. A file that fails is tried again at the next use; what was
 * read before is not used any more. A parser is given the text, and the bytes for what is none.
 */
export function createKeyFile<T, Source extends KeySource>(
  source: Source,
  parse: (text: string, bytes: Uint8Array) => Promise<T>,
): KeyFile<T, Source> {
  let loaded: Loaded<T> | undefined;
  return guardedReader(source, async () => {
    try {
      const stamp = stampOf(await stat(source.file, { bigint: true }));
      if (loaded?.stamp !== stamp)
        loaded = { stamp, content: readRegular(source.file).then((bytes) => parse(bytes.toString("utf8"), bytes)) };
      return await loaded.content;
    } catch (thrown) {
      loaded = undefined;
      throw thrown;
    }
  });
}

/** A key file whose every failure is told as MountError `key_unavailable`, without anything of the file's content. */
export function guardedReader<T, Source extends KeySource>(source: Source, read: () => Promise<T>): KeyFile<T, Source> {
  return {
    source,
    async read() {
      try {
        return await read();
      } catch (thrown) {
        if (thrown instanceof MountError) throw thrown;
        throw new MountError("key_unavailable", `key ${JSON.stringify(source.name)} ${problemOf(thrown, source.file)}`);
      }
    },
  };
}

function stampOf(stats: BigIntStats): string {
  if (!stats.isFile()) throw new KeyProblem("is configured with a path that is not a regular file");
  if (stats.size > mostBytes) throw new KeyProblem(`has a file of more than ${mostBytes} bytes`);
  return [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(":");
}

async function readRegular(file: string): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    stampOf(await handle.stat({ bigint: true }));
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function problemOf(thrown: unknown, file: string): string {
  if (thrown instanceof KeyProblem) return thrown.message;
  if (systemCode(thrown) === "ENOENT") return `has no file at ${file}`;
  return `has a file that cannot be read: ${file}: ${systemProblem(thrown)}`;
}

/** How many keys a file holds: as many as its list has, or the one thing in it. Rejects as `read` does. */
export async function countKeys(file: KeyFile<unknown>): Promise<number> {
  const content = await file.read();
  return Array.isArray(content) ? content.length : 1;
}
