import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "build-tools");

/** Longest time to build a program, in milliseconds. */
const patience = 20 * 60_000;

/**
 * A program built from its Go module, in a folder that git ignores; built once. Undefined when it cannot be had, which
 * is said loudly, and is an error under CI.
 */
export function goProgram(module: string, version: string): string | undefined {
  const name = module.split("/").at(-1) ?? module;
  const path = join(folder, `${name}-${version}`, name);
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const env = { ...process.env, GOBIN: dirname(path), GOFLAGS: "-p=2" };
  const built = spawnSync("go", ["install", `${module}@${version}`], { env, encoding: "utf8", timeout: patience });
  if (built.status === 0 && existsSync(path)) return path;
  const why = built.error?.message ?? built.stderr.trim().split("\n").at(-1) ?? "";
  if ((process.env["CI"] ?? "") !== "") throw new Error(`${name} ${version} could not be built: ${why}`);
  process.stderr.write(`\n!! ${name} ${version} could not be built, so nothing was tested against it: ${why}\n\n`);
  return undefined;
}
