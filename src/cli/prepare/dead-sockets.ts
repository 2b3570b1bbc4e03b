import { readdir, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { inspectSocket } from "../../serve/grpc-socket/inspect-socket.ts";

/** Which sockets to look at. */
export interface DeadSocketSettings {
  readonly directory: string;
  /** Names of providers, of which one may have left a socket. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after a duration in ms. */
  wait(milliseconds: number): Promise<void>;
}

/** Between two looks at a socket, in ms: one that was just bound listens a moment later. */
const secondLook = 200;

/** Age in ms from which on a folder in which a socket was made is left over. */
const leftover = 60_000;

/**
 * Removes sockets of these names that nobody serves, and what daemons that ended while they made one left behind. The
 * driver takes the first socket that it finds, dead or alive, and its calls to a dead one last until their deadline.
 * Gives the paths that are gone; throws nothing for those that cannot be judged or removed: the daemon looks again.
 */
export async function removeDeadSockets(settings: DeadSocketSettings): Promise<readonly string[]> {
  const { directory, names } = settings;
  const sockets = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, `${name}.sock`);
      return (await isDead(path, settings)) && (await gone(() => unlink(path))) ? [path] : [];
    }),
  );
  return [...sockets.flat(), ...(await removeLeftovers(settings))];
}

async function isDead(path: string, { wait }: DeadSocketSettings): Promise<boolean> {
  if ((await inspectSocket(path)).kind !== "dead") return false;
  await wait(secondLook);
  return (await inspectSocket(path)).kind === "dead";
}

async function removeLeftovers({ directory, now }: DeadSocketSettings): Promise<readonly string[]> {
  const removed: string[] = [];
  const entries = await readdir(directory).catch(() => []);
  for (const entry of entries.filter((name) => /^\.kf-[a-zA-Z0-9]{6}$/.test(name))) {
    const path = join(directory, entry);
    const made = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    );
    if (now() - made > leftover && (await gone(() => rm(path, { recursive: true })))) removed.push(path);
  }
  return removed;
}

function gone(remove: () => Promise<void>): Promise<boolean> {
  return remove().then(
    () => true,
    () => false,
  );
}
