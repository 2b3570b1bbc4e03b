import type { Command } from "../command.ts";
import { optionsOf } from "../setting-options.ts";
import type { Plugins } from "../../wiring/plugins.ts";
import { programSettings } from "../../wiring/settings/all.ts";

/** `keyferry serve`. */
export function createServeCommand(plugins: Plugins): Command {
  return {
    name: "serve",
    summary: "the daemon: answers the Secrets Store CSI driver",
    usage: "[OPTION ...]",
    options: optionsOf(programSettings(plugins).all),
    notes: [
      "Each option is also an environment variable (--mount-timeout: KEYFERRY_MOUNT_TIMEOUT) and a key of the\n" +
        "configuration file (mountTimeout); a flag beats the variable, the variable beats the file.",
    ],
    run: async (given, _positionals, outside) => (await import("./serve.ts")).serve(given, outside, plugins),
  };
}
