import { readdir, readFile, stat } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { defaultSettings } from "../../model/setting.ts";
import { UsageError, type Command } from "../command.ts";
import { version } from "../version.ts";
import type { Plugins } from "../../wiring/plugins.ts";
import type { Format } from "./report.ts";

const formats: readonly Format[] = ["text", "json", "sarif"];

/** `keyferry lint`. */
export function createLintCommand(plugins: Plugins): Command {
  return {
    name: "lint",
    summary: "checks SecretProviderClass and SecretSync manifests offline",
    usage: "-f FILE [-f FILE ...] [FILE ...]",
    options: [
      {
        flag: "file",
        short: "f",
        value: "FILE",
        repeatable: true,
        help: "manifest or folder to check; - is standard input, such as a rendered chart",
      },
      { flag: "strict", help: "fail on warnings, too" },
      { flag: "config", value: "FILE", help: "operator configuration, for the stores that it names" },
      { flag: "output", value: "FORMAT", fallback: "text", help: "text, json or sarif" },
    ],
    notes: [
      "A folder is searched for .yaml, .yml and .json files; other kinds of resources are skipped.",
      "Exit code 0: no error; 1: errors, with --strict also warnings; 2: a file that cannot be used.",
    ],
    run: async (given, positionals, outside) => {
      const files = [...(given.get("file") ?? []), ...positionals];
      if (files.length === 0) throw new UsageError("name a manifest with -f FILE");
      const output = formats.find((one) => one === (given.get("output")?.[0] ?? "text"));
      if (output === undefined) throw new UsageError("--output is text, json or sarif");
      const [{ composeReading, configOf }, { lintFiles }] = await Promise.all([
        import("../../wiring/compose.ts"),
        import("./lint.ts"),
      ]);
      const { dialects } = await composeReading(
        await configOf(given.get("config")?.[0], plugins),
        plugins,
        defaultSettings,
      );
      return lintFiles(
        { files, output, dialects, strict: given.has("strict"), version },
        {
          read: (file) => (file === "-" ? buffer(process.stdin) : readFile(file)),
          entries: entriesOf,
          out: (line) => outside.out(line),
          err: (line) => outside.err(line),
          color: outside.color,
        },
      );
    },
  };
}

/** A folder's content; a link that a person names is followed, links inside are not. */
async function entriesOf(path: string) {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) return undefined;
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.map((entry) => ({
    name: entry.name,
    is: entry.isFile() ? ("file" as const) : entry.isDirectory() ? ("folder" as const) : ("other" as const),
  }));
}
