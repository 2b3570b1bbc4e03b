import { chmod, link, lstat, mkdir, mkdtemp, rename, rm, unlink } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { SocketTaken, StartError } from "../start-error.ts";
import { inspectSocket } from "./inspect-socket.ts";
import { systemCode, systemProblem } from "../../model/system-error.ts";

/** Which socket to listen on, and who takes its connections. */
export interface SocketSettings {
  /** Made when it is not there. */
  readonly directory: string;
  /** Its file is `NAME.sock`. */
  readonly name: string;
  connected(socket: Socket): void;
  /** Accepting a connection failed; the socket goes on listening. */
  failed(error: Error): void;
}

/** A socket that is ours to serve. */
export interface ClaimedSocket {
  readonly path: string;
  /** Whether the file at `path` is still the one we put there. */
  held(): Promise<boolean>;
  /** Removes the file if it is still ours, and accepts no more, once however often it is called. Connections go on. */
  release(): Promise<void>;
}

/** Longest path of a unix socket on Linux in bytes (sun_path without its NUL). */
const longestPath = 107;

/** How often another process may put its own socket there while we look, before we leave it to it. */
const mostTries = 3;

/**
 * Listens on `DIRECTORY/NAME.sock`, mode 0600, which the driver sees only when it is ready. A socket that nobody serves
 * any more is replaced in one step; one that somebody serves, and whatever is not a socket, stays untouched. Throws
 * StartError.
 */
export async function claimSocket(settings: SocketSettings): Promise<ClaimedSocket> {
  const path = join(settings.directory, `${settings.name}.sock`);
  checkNames(settings, path);
  const server = createServer(settings.connected);
  let hidden: string | undefined;
  try {
    await mkdir(settings.directory, { recursive: true, mode: 0o755 });
    await inspect(path);
    // Nobody but us can reach into this folder, so nobody connects before the mode is right.
    hidden = await mkdtemp(join(settings.directory, ".kf-"));
    await listen(server, join(hidden, "s"));
    server.on("error", settings.failed);
    const file = await publish(join(hidden, "s"), path);
    return claimed(path, server, file);
  } catch (error) {
    server.close();
    throw error instanceof StartError ? error : new StartError(`cannot listen on ${path}: ${systemProblem(error)}`);
  } finally {
    if (hidden !== undefined) await rm(hidden, { recursive: true, force: true });
  }
}

function checkNames({ directory, name }: SocketSettings, path: string): void {
  if (!/^[a-zA-Z0-9_-]{1,30}$/.test(name)) throw new StartError(`${JSON.stringify(name)} cannot be a provider's name`);
  const longest = Math.max(Buffer.byteLength(path), Buffer.byteLength(join(directory, ".kf-XXXXXX", "s")));
  if (longest <= longestPath) return;
  throw new StartError(
    `the socket path ${path} is too long: Linux takes ${longestPath} bytes, choose a providers directory that is ` +
      `${longest - longestPath} bytes shorter`,
  );
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Moves the listening socket to its final path; gives the identity of its file. */
async function publish(from: string, path: string): Promise<string> {
  await chmod(from, 0o600);
  const file = await identity(from);
  for (let tries = 0; tries < mostTries; tries++) {
    if ((await inspect(path)) === "dead") {
      await rename(from, path);
      return file;
    }
    try {
      // Unlike rename, this fails when another process was quicker.
      await link(from, path);
      return file;
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    }
  }
  throw new StartError(`another process keeps putting a socket at ${path}`);
}

/** Whether the path is free, or holds a socket that nobody serves. Throws StartError for everything else. */
async function inspect(path: string): Promise<"free" | "dead"> {
  const state = await inspectSocket(path);
  switch (state.kind) {
    case "free":
    case "dead":
      return state.kind;
    case "not-a-socket":
      throw new StartError(`${path} is not a socket; remove it or choose another providers directory`);
    case "served":
      throw new SocketTaken(`another process serves ${path}; stop it first, or serve another name or directory`);
    case "unknown":
      throw new StartError(`cannot tell whether another process serves ${path}: ${state.problem}`);
  }
}

function claimed(path: string, server: Server, file: string): ClaimedSocket {
  const held = async () => (await identity(path).catch(() => undefined)) === file;
  const release = async () => {
    if (await held()) await unlink(path).catch(() => undefined);
    // Node.js would remove the path it bound, which has been gone since the file moved.
    server.close();
  };
  let released: Promise<void> | undefined;
  // Once only: after the first time whatever lies there is a successor's, even if it should look like ours.
  return { path, held, release: () => (released ??= release()) };
}

/**
 * Tells apart the files that one path holds over time. Device and inode do so only as long as the socket listens: disk
 * file systems give the inode of a removed file to the next one made. Every Linux that Node.js runs on has birth times (statx, kernel 4.11).
 */
async function identity(path: string): Promise<string> {
  const { dev, ino, birthtimeNs } = await lstat(path, { bigint: true });
  return `${dev}:${ino}:${birthtimeNs}`;
}
