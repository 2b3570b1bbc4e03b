import { chmod, chown, mkdir, stat } from "node:fs/promises";
import { removeDeadSockets } from "./dead-sockets.ts";
import type { ExitCode } from "../command.ts";
import { systemProblem } from "../../model/system-error.ts";

/** Which folders to hand to whom. */
export interface PrepareOptions {
  readonly directories: readonly string[];
  /** Number of the group that the daemon runs as. */
  readonly group: number;
  /** Names of providers whose dead sockets go. */
  readonly serve: readonly string[];
  now(): number;
  wait(milliseconds: number): Promise<void>;
  out(text: string): void;
  err(text: string): void;
}

/** Group may read, write and enter; nobody takes away a file of somebody else (sticky). */
const added = 0o1070;

/**
 * Lets the members of a group open sockets in the providers' folders. Who owns a folder and is a member of the group
 * needs no capability for this. Owner and the other bits stay. Sockets that nobody serves are removed. Gives 1 when a folder cannot be changed.
 */
export async function prepareDirectories(options: PrepareOptions): Promise<ExitCode> {
  const { directories, group, serve, out, err } = options;
  let failed = false;
  for (const directory of directories) {
    const problem = await hand(directory, group).then(() => undefined, systemProblem);
    failed ||= problem !== undefined;
    const removed = await removeDeadSockets({ ...options, directory, names: serve });
    for (const path of removed) out(`${path}: removed, nobody served it\n`);
    if (problem === undefined) out(`${directory}: group ${group} may open sockets\n`);
    else err(`${directory} cannot be given to group ${group}: ${problem}; run this as its owner and in that group\n`);
  }
  return failed ? 1 : 0;
}

async function hand(directory: string, group: number): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const { uid, gid, mode } = await stat(directory);
  if (gid !== group) await chown(directory, uid, group);
  if ((mode & added) !== added) await chmod(directory, (mode & 0o7777) | added);
}
