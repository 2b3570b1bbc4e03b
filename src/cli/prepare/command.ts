import { UsageError, type Command } from "../command.ts";
import { providersDirsSetting } from "../../wiring/settings/daemon.ts";
import { optionsOf } from "../setting-options.ts";

/** `keyferry prepare`. */
export const prepareCommand: Command = {
  name: "prepare",
  summary: "lets a group open sockets in the providers' folders",
  usage: "--group NUMBER [--providers-dir DIR ...]",
  options: [
    { flag: "group", value: "NUMBER", help: "the group that the daemon runs as" },
    ...optionsOf([providersDirsSetting]),
  ],
  notes: ["The first step of the pod: run as the folders' owner, it needs no capability, and the daemon no root."],
  run: async (given, _positionals, { out, err }) => {
    const group = given.get("group")?.[0] ?? "";
    if (!/^\d{1,9}$/.test(group)) throw new UsageError("--group is the number of a group, such as 65532");
    const directories = given.get("providers-dir") ?? providersDirsSetting.default;
    const { prepareDirectories } = await import("./prepare.ts");
    return prepareDirectories({ directories, group: Number(group), out, err });
  },
};
