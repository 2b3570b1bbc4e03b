import { stat } from "node:fs/promises";

/** A folder that more users may write to than is good. */
export interface OpenFolder {
  readonly problem: string;
  readonly fix: string;
}

/**
 * What is wrong with the mode of a folder of sockets: who may write there can put a socket of his own in the place of the
 * daemon's, and is then sent the pods' tokens. Undefined where nothing is wrong, and where the folder cannot be looked at.
 */
export async function openFolder(directory: string): Promise<OpenFolder | undefined> {
  const mode = await stat(directory).then(
    (found) => found.mode,
    () => 0,
  );
  if ((mode & 0o002) === 0) return undefined;
  // In a sticky folder only a file's owner may remove it.
  const problem =
    (mode & 0o1000) === 0
      ? "every user of the node may replace the sockets in it, and is then sent the tokens of pods"
      : "every user of the node may put sockets of other names in it";
  return { problem, fix: `as root on the node: chmod o-w ${directory}` };
}
