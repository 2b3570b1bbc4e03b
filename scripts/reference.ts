// Writes what is made from the settings and languages of the program: pages of docs/reference, the JSON Schemas of
// deploy/schema, and the chart's schema as far as it describes them. With --check compares them instead.
//
//   node scripts/with-node.mjs scripts/reference.ts [--check]
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readReference } from "./reference/files.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const check = process.argv[2] === "--check";

const stale: string[] = [];
for (const [file, text] of await readReference(root)) {
  const path = join(root, file);
  if (!check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (readOrNothing(path) !== text) stale.push(file);
}
for (const file of stale) console.error(`${file} is out of step: run npm run reference`);
process.exitCode = stale.length > 0 ? 1 : 0;

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
