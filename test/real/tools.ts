import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
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
  return build(`${name} ${version}`, path, ["install", `${module}@${version}`], { GOBIN: dirname(path) });
}

/** A program built from a Go module of this folder, otherwise as `goProgram`; built anew when its source changes. */
export function ownGoProgram(name: string): string | undefined {
  const source = join(dirname(fileURLToPath(import.meta.url)), name);
  const hash = createHash("sha256");
  for (const file of readdirSync(source).sort()) hash.update(readFileSync(join(source, file)));
  const path = join(folder, `${name}-${hash.digest("hex").slice(0, 12)}`, name);
  if (existsSync(path)) return path;
  return build(name, path, ["build", "-C", source, "-ldflags", "-s -w", "-o", path, "."], {});
}

function build(
  name: string,
  path: string,
  words: readonly string[],
  more: Readonly<Record<string, string>>,
): string | undefined {
  mkdirSync(dirname(path), { recursive: true });
  const env = { ...process.env, GOFLAGS: "-p=2", ...more };
  const built = spawnSync("go", words, { env, encoding: "utf8", timeout: patience });
  if (built.status === 0 && existsSync(path)) return path;
  const why = built.error?.message ?? built.stderr.trim().split("\n").at(-1) ?? "";
  if ((process.env["CI"] ?? "") !== "") throw new Error(`${name} could not be built: ${why}`);
  process.stderr.write(`\n!! ${name} could not be built, so nothing was tested against it: ${why}\n\n`);
  return undefined;
}
