import { stat } from "node:fs/promises";
import type { ConfiguredKey } from "../../config/config.ts";
import { pathsOf } from "../../keys/material/folder.ts";
import { MountError } from "../../model/error.ts";
import { findingsOf, many, type Finding } from "./finding.ts";

const { ok, warning, problem } = findingsOf("config");

/** Whether the files of each key can be read, by whom else, and whether they hold keys. */
export async function checkKeys(keys: readonly ConfiguredKey[]): Promise<readonly Finding[]> {
  return (await Promise.all(keys.map(checkKey))).flat();
}

async function checkKey(key: ConfiguredKey): Promise<readonly Finding[]> {
  if (key.source.file === "") return [];
  const files = (await Promise.all(key.kind.secretPaths(key.source).map(filesAt))).flat();
  const [content, ...modes] = await Promise.all([checkContent(key), ...files.map(checkFileMode)]);
  return [...content, ...modes.flat()];
}

/** The files of a folder; a path that cannot be read stands for itself. */
async function filesAt(path: string): Promise<readonly string[]> {
  return pathsOf(path).then(
    (found) => [...found.keys()],
    () => [path],
  );
}

async function checkContent({ kind, source }: ConfiguredKey): Promise<readonly Finding[]> {
  const subject = `key ${JSON.stringify(source.name)} (${source.kind}, ${source.file})`;
  const skipped: Finding[] = [];
  try {
    const count = await kind.inspect(source, (what) => {
      skipped.push(warning(subject, `is passed over: ${what}`, "replace or remove it"));
    });
    return [ok(subject, `holds ${many(count, "key")}`), ...skipped];
  } catch (thrown) {
    const fix = "put the key there, readable by the daemon; with the chart: name its Secret in keys";
    return [problem(subject, withoutName(MountError.from(thrown).message, source.name), fix), ...skipped];
  }
}

function withoutName(message: string, name: string): string {
  const start = `key ${JSON.stringify(name)} `;
  return message.startsWith(start) ? message.slice(start.length) : message;
}

/** A warning for a file with a secret that others may read or replace; nothing for one that is not there. */
export async function checkFileMode(path: string): Promise<readonly Finding[]> {
  const mode = await stat(path).then(
    (found) => found.mode & 0o777,
    () => 0,
  );
  if ((mode & 0o007) === 0) return [];
  const fix = `chmod o= ${path}; for a Secret volume: defaultMode: 0440`;
  return [warning(path, `mode ${mode.toString(8).padStart(4, "0")} lets every user of the node at it`, fix)];
}
