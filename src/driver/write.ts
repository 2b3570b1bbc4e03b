import { chmod, mkdir, mkdtemp, readlink, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathProblem } from "../model/file.ts";
import type { File } from "../wire/provider.ts";
import { DriverFailure, unknownCode } from "./failure.ts";
import { findPathConflicts } from "../model/path-conflicts.ts";
import { permissionOf } from "./rules.ts";
import { readVolume, type CurrentVolume } from "./volume.ts";
import { systemProblem } from "../model/system-error.ts";

/**
 * Writes the files as the complete content of a volume, the way the driver's atomic writer does: a new directory, then
 * one rename of `..data`, so that a reader sees the old content or the new, never a mix. True when something changed.
 * `now`: milliseconds since 1970, for the directory's name. No files: nothing happens, as in the driver.
 *
 * Throws DriverFailure, with nothing changed, for what the driver refuses or dies of, and where the target holds
 * something that no volume holds.
 */
export async function writeVolume(target: string, files: readonly File[], now: number): Promise<boolean> {
  if (files.length === 0) return false;
  const wanted = payloadOf(files);
  try {
    const current = await readVolume(target);
    refuseForeign(target, current, wanted);
    if (!hasChanged(current, wanted)) return false;
    await replace(target, current, wanted, now);
    return true;
  } catch (error) {
    if (error instanceof DriverFailure) throw error;
    throw writeFailure(`${target} cannot be written: ${systemProblem(error)}`);
  }
}

type Payload = ReadonlyMap<string, File>;

function writeFailure(message: string): DriverFailure {
  return new DriverFailure(unknownCode, message, "FileWriteError");
}

/** The files by path; of a repeated path the last. */
function payloadOf(files: readonly File[]): Payload {
  for (const { path } of files) {
    const problem = pathProblem(path);
    if (problem !== undefined) throw writeFailure(`path ${JSON.stringify(path)} is not usable: ${problem}`);
  }
  const payload = new Map(files.map((file) => [file.path, file]));
  const paths = [...payload.keys()];
  const [conflict] = findPathConflicts(paths);
  if (conflict === undefined) return payload;
  const [one, other] = [paths[conflict.first] ?? "", paths[conflict.second] ?? ""];
  throw writeFailure(`${JSON.stringify(one)} and ${JSON.stringify(other)} make one name both a file and a folder`);
}

function refuseForeign(target: string, current: CurrentVolume, wanted: Payload): void {
  const [stranger] = current.strangers;
  if (stranger !== undefined && current.folder === undefined) {
    throw writeFailure(
      `${target} is not empty and is no volume (it holds ${JSON.stringify(stranger)}); name an empty or new directory`,
    );
  }
  const inTheWay = topNames(wanted).find((name) => current.strangers.includes(name));
  if (inTheWay !== undefined) {
    throw writeFailure(
      `${join(target, inTheWay)} is in the way and was not written as part of the volume; move it elsewhere`,
    );
  }
  const [flip] = findPathConflicts([...new Set([...current.files.keys(), ...wanted.keys()])]);
  if (flip === undefined) return;
  throw writeFailure(
    "the volume has a file where the answer has a folder of the same name, or the reverse; the driver cannot change " +
      "that until the pod restarts",
  );
}

/** By bytes and paths only: the driver does not notice a change of mode. */
function hasChanged(current: CurrentVolume, wanted: Payload): boolean {
  if (current.files.size !== wanted.size) return true;
  return [...wanted].some(([path, { contents }]) => current.files.get(path)?.equals(contents) !== true);
}

function topNames(paths: Payload): readonly string[] {
  return [...new Set([...paths.keys()].map((path) => path.split("/", 1)[0] ?? ""))];
}

async function replace(target: string, current: CurrentVolume, wanted: Payload, now: number): Promise<void> {
  await mkdir(target, { recursive: true });
  const folder = await mkdtemp(join(target, `..${timestamp(now)}.`));
  const linked: string[] = [];
  try {
    await chmod(folder, 0o755);
    for (const file of wanted.values()) await writeOne(folder, file);
    for (const name of topNames(wanted)) {
      if (current.links.includes(name)) continue;
      await symlink(join("..data", name), join(target, name));
      linked.push(name);
    }
    await swap(target, folder);
  } catch (error) {
    for (const name of linked) await unlink(join(target, name));
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  const kept = new Set(topNames(wanted));
  for (const name of current.links.filter((one) => !kept.has(one))) await unlink(join(target, name));
  if (current.folder !== undefined) await rm(join(target, current.folder), { recursive: true, force: true });
}

async function writeOne(folder: string, { path, mode, contents }: File): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true, mode: 0o755 });
  await writeFile(file, contents, { mode: 0o600, flag: "wx" });
  await chmod(file, permissionOf(mode));
}

async function swap(target: string, folder: string): Promise<void> {
  const next = join(target, "..data_tmp");
  const left = await readlink(next).catch(() => undefined);
  if (left !== undefined) await unlink(next);
  await symlink(folder.slice(folder.lastIndexOf("/") + 1), next);
  await rename(next, join(target, "..data"));
}

/** `2026_05_01_10_00_00`, in UTC. */
function timestamp(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replace(/[-:T]/g, "_");
}
