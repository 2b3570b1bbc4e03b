import { UsageError, type Command, type Option } from "../command.ts";
import { optionsOf } from "../setting-options.ts";
import type { Plugins } from "../../wiring/plugins.ts";
import { programSettings } from "../../wiring/settings/all.ts";

/** Settings of the daemon that change nothing of what is looked at. */
const unused: ReadonlySet<string> = new Set([
  "mount-timeout",
  "max-response-bytes",
  "wait-for-socket",
  "log-level",
  "log-format",
]);

/** Where the driver looks for providers; the driver's own flags of these names. */
const driverOptions: readonly Option[] = [
  {
    flag: "provider-volume",
    value: "DIR",
    fallback: "/var/run/secrets-store-csi-providers",
    help: "the driver's flag of this name",
  },
  {
    flag: "additional-provider-volume-paths",
    value: "DIR[,DIR...]",
    fallback: "/etc/kubernetes/secrets-store-csi-providers",
    help: "the driver's flag of this name; it looks there first",
  },
];

/** `keyferry doctor`. */
export function createDoctorCommand(plugins: Plugins): Command {
  return {
    name: "doctor",
    summary: "finds what is wrong with an installation, on a node or in the daemon's pod",
    usage: "[--output json] [OPTION ...]",
    options: [
      { flag: "output", value: "FORMAT", fallback: "text", help: "text or json" },
      ...driverOptions,
      ...optionsOf(programSettings(plugins).all).filter(({ flag }) => !unused.has(flag)),
    ],
    notes: [
      "It reads the daemon's settings the way the daemon does: flags, KEYFERRY_ variables, the configuration file.\n" +
        "It changes nothing, and sends no credential to a store.",
      "Exit code 0: no problem; 1: at least one; 2: wrong usage.",
    ],
    run: async (given, positionals, outside) => {
      const output = given.get("output")?.[0] ?? "text";
      if (output !== "text" && output !== "json") throw new UsageError("--output is text or json");
      if (positionals.length > 0) throw new UsageError("it takes options only");
      const values = (flag: string) => given.get(flag)?.[0] ?? driverOptions.find((one) => one.flag === flag)?.fallback;
      const driver = [values("additional-provider-volume-paths"), values("provider-volume")];
      const driverDirs = driver.flatMap((text) => (text ?? "").split(",")).map((directory) => directory.trim());
      const { doctor } = await import("./doctor.ts");
      return doctor(given, outside, plugins, { output, driverDirs: driverDirs.filter((one) => one !== "") });
    },
  };
}
