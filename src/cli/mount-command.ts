import type { Command } from "./command.ts";
import type { Plugged } from "./compose.ts";
export function createMountCommand(_plugged: Plugged): Command {
  return { name: "mount", summary: "", usage: "", options: [], run: () => Promise.resolve(2) };
}
