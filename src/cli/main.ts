import { runCommand, type CliOutside } from "./command.ts";
import { healthCommand } from "./health/command.ts";
import { convertCommand } from "./convert/command.ts";
import { conformCommand } from "./conform/command.ts";
import { createDoctorCommand } from "./doctor/command.ts";
import { encryptCommand } from "./encrypt/command.ts";
import { createLintCommand } from "./lint/command.ts";
import { createMountCommand } from "./mount/command.ts";
import { builtIn, type Plugins } from "../wiring/plugins.ts";
import { prepareCommand } from "./prepare/command.ts";
import { createServeCommand } from "./serve/command.ts";
import { versionCommand } from "./version.ts";

/** The process: its arguments in, its exit code out. Tests hand in stub stores. */
export async function main(plugins: Plugins = builtIn): Promise<void> {
  const creators = [createServeCommand, createMountCommand, createLintCommand, createDoctorCommand];
  const commands = creators.map((create) => create(plugins));
  const plain = [conformCommand, convertCommand, encryptCommand, healthCommand, prepareCommand, versionCommand];
  process.exitCode = await runCommand([...commands, ...plain], process.argv.slice(2), outsideOf(process));
}

function outsideOf({ stdout, stderr, env }: NodeJS.Process): CliOutside {
  // Whoever read the output may go away; a daemon then goes on without a log.
  for (const stream of [stdout, stderr]) stream.on("error", () => undefined);
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    pending: () => stdout.writableLength,
    env,
    terminal: stdout.isTTY,
    columns: stdout.isTTY ? stdout.columns : 80,
    color: stdout.isTTY && (env["NO_COLOR"] ?? "") === "",
    now: () => Date.now(),
  };
}
