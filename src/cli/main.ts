import { createStores } from "../stores/index.ts";
import { runCommand, type CliOutside } from "./command.ts";
import type { Plugged } from "./compose.ts";
import { createLintCommand } from "./lint-command.ts";
import { createMountCommand } from "./mount-command.ts";
import { createServeCommand } from "./serve.ts";
import { versionCommand } from "./version.ts";

/** What this build has plugged in. */
export const builtIn: Plugged = { stores: createStores, dialects: () => [] };

/** The process: its arguments in, its exit code out. Tests hand in stub stores. */
export async function main(plugged: Plugged = builtIn): Promise<void> {
  const commands = [
    createServeCommand(plugged),
    createMountCommand(plugged),
    createLintCommand(plugged),
    versionCommand,
  ];
  process.exitCode = await runCommand(commands, process.argv.slice(2), outsideOf(process));
}

function outsideOf({ stdout, stderr, env }: NodeJS.Process): CliOutside {
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    env,
    terminal: stdout.isTTY,
    columns: stdout.isTTY ? stdout.columns : 80,
    color: stdout.isTTY && (env["NO_COLOR"] ?? "") === "",
    now: () => Date.now(),
  };
}
