import { stat } from "node:fs/promises";
import { inspectKey, secretFilesOf } from "../../keys/material/inspect.ts";
import { MountError } from "../../model/error.ts";
import type { KeySource } from "../../model/key.ts";
import { findingsOf, many, type Finding } from "./finding.ts";

const { ok, warning, problem } = findingsOf("config");

/** Whether the files of each key can be read, by whom else, and whether they hold keys. */
export async function checkKeys(keys: readonly KeySource[]): Promise<readonly Finding[]> {
  return (await Promise.all(keys.map(checkKey))).flat();
}

async function checkKey(source: KeySource): Promise<readonly Finding[]> {
  if (source.file === "") return [];
  const files = await secretFilesOf(source);
  const [content, ...modes] = await Promise.all([checkContent(source), ...files.map(checkFileMode)]);
  return [...content, ...modes.flat()];
}

async function checkContent(source: KeySource): Promise<readonly Finding[]> {
  const subject = `key ${JSON.stringify(source.name)} (${source.kind}, ${source.file})`;
  const skipped: Finding[] = [];
  try {
    const count = await inspectKey(source, (what) => {
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
