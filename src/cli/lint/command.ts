import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { UsageError, type Command } from "../command.ts";
import type { Plugged } from "../../wiring/plugins.ts";

/** `keyferry lint`. */
export function createLintCommand(plugged: Plugged): Command {
  return {
    name: "lint",
    summary: "checks SecretProviderClass manifests offline",
    usage: "-f FILE [-f FILE ...] [FILE ...]",
    options: [
      { flag: "file", short: "f", value: "FILE", repeatable: true, help: "manifest to check; - is standard input" },
      { flag: "config", value: "FILE", help: "operator configuration, for the stores that it names" },
      { flag: "output", value: "FORMAT", fallback: "text", help: "text or json" },
    ],
    notes: ["Exit code 0: clean; 1: findings; 2: a file that cannot be used."],
    run: async (given, positionals, outside) => {
      const files = [...(given.get("file") ?? []), ...positionals];
      if (files.length === 0) throw new UsageError("name a manifest with -f FILE");
      const output = given.get("output")?.[0] ?? "text";
      if (output !== "text" && output !== "json") throw new UsageError("--output is text or json");
      const [{ compose, configOf }, { lintFiles }, { offline }] = await Promise.all([
        import("../../wiring/compose.ts"),
        import("./lint.ts"),
        import("../../wiring/deps.ts"),
      ]);
      const { dialects } = await compose(await configOf(given.get("config")?.[0], plugged), plugged, offline);
      return lintFiles(
        { files, output, dialects },
        {
          read: (file) => (file === "-" ? text(process.stdin) : readFile(file, "utf8")),
          out: (line) => outside.out(line),
          err: (line) => outside.err(line),
          color: outside.color,
        },
      );
    },
  };
}
