import { setTimeout as wait } from "node:timers/promises";
import { UsageError, type Command } from "../command.ts";
import { providersDirsSetting } from "../../wiring/settings/daemon.ts";
import { optionsOf } from "../setting-options.ts";

const serve = {
  flag: "serve",
  value: "NAME[,NAME...]",
  repeatable: true,
  fallback: "keyferry",
  help: "whose sockets to remove where nobody serves them",
};

/** `keyferry prepare`. */
export const prepareCommand: Command = {
  name: "prepare",
  summary: "lets a group open sockets in the providers' folders, and removes dead ones",
  usage: "--group NUMBER [--providers-dir DIR ...] [--serve NAME[,NAME...]]",
  options: [
    { flag: "group", value: "NUMBER", help: "the group that the daemon runs as" },
    ...optionsOf([providersDirsSetting]),
    serve,
  ],
  notes: ["The first step of the pod: run as the folders' owner, it needs no capability, and the daemon no root."],
  run: async (given, _positionals, { out, err, now }) => {
    const group = given.get("group")?.[0] ?? "";
    if (!/^\d{1,9}$/.test(group)) throw new UsageError("--group is the number of a group, such as 65532");
    const directories = given.get("providers-dir") ?? providersDirsSetting.default;
    const { prepareDirectories } = await import("./prepare.ts");
    const names = (given.get("serve") ?? [serve.fallback]).flatMap((text) => text.split(","));
    return prepareDirectories({ directories, group: Number(group), serve: names, out, err, now, wait });
  },
};
