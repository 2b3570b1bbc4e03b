import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { UsageError, type Command } from "../command.ts";

/** `keyferry convert`. */
export const convertCommand: Command = {
  name: "convert",
  summary: "turns SealedSecret manifests into SecretProviderClasses, without decrypting anything",
  usage: "-f SEALEDSECRET.yaml [-o FILE]",
  options: [
    { flag: "file", short: "f", value: "FILE", help: "file with SealedSecret manifests; - is standard input" },
    { flag: "output", short: "o", value: "FILE", help: "file to write; left out, standard output" },
  ],
  run: async (given, positionals, outside) => {
    const file = given.get("file")?.[0];
    if (file === undefined || positionals.length > 0) throw new UsageError("name one file with -f FILE");
    const output = given.get("output")?.[0];
    const { convert } = await import("./convert.ts");
    return convert(output === undefined ? { file } : { file, output }, {
      read: (path) => (path === "-" ? text(process.stdin) : readFile(path, "utf8")),
      write: writeWhole,
      out: (line) => outside.out(line),
      err: (line) => outside.err(line),
    });
  },
};

/** Writes beside the file and moves it there, so that nothing half-written is ever seen. */
async function writeWhole(path: string, content: string): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(beside, content);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
