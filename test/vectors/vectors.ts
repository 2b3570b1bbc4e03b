import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** Where a vector is on disk; paths are relative to this folder. */
export function vectorPath(path: string): string {
  return `${folder}${path}`;
}

export function readVector(path: string): string {
  return readFileSync(vectorPath(path), "utf8");
}

export function readBytes(path: string): Buffer {
  return readFileSync(vectorPath(path));
}
