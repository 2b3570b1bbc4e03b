import { link, readFile, rm, writeFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { UsageError, type Command, type Given } from "../command.ts";
import type { EncryptOptions } from "./encrypt.ts";

/** Flags that say which values are encrypted; at most one. */
const ruleFlags = ["encrypted-regex", "unencrypted-regex", "encrypted-suffix", "unencrypted-suffix"] as const;

/** `keyferry encrypt`. */
export const encryptCommand: Command = {
  name: "encrypt",
  summary: "encrypts a file for Git as a SOPS document, or as a whole SecretProviderClass",
  usage: "-f FILE --age RECIPIENT [-o FILE]",
  options: [
    { flag: "file", short: "f", value: "FILE", help: "plain file; - is standard input" },
    {
      flag: "age",
      value: "RECIPIENT",
      repeatable: true,
      help: "who can decrypt: age1…, or an SSH public key in quotes",
    },
    { flag: "format", value: "FORMAT", help: "yaml, json, dotenv, ini or binary; left out, by the file's name" },
    { flag: "as", value: "WHAT", fallback: "sops", help: "sops or secretproviderclass" },
    { flag: "name", value: "NAME", help: "name of the SecretProviderClass; left out, by the file's name" },
    { flag: "namespace", short: "n", value: "NAMESPACE", help: "namespace of the SecretProviderClass" },
    { flag: "encrypted-regex", value: "RE2", help: "encrypt only values below keys that match" },
    { flag: "unencrypted-regex", value: "RE2", help: "encrypt all values but those below keys that match" },
    { flag: "encrypted-suffix", value: "TEXT", help: "the same by the end of keys" },
    { flag: "unencrypted-suffix", value: "TEXT", help: "the same by the end of keys; _unencrypted if none is given" },
    { flag: "mac-only-encrypted", help: "let clear values change without breaking the document" },
    { flag: "output", short: "o", value: "FILE", help: "file to write, which must not be there; else standard output" },
  ],
  notes: ["The result opens with the sops program, and with keyferry where the operator grants a key of a recipient."],
  run: async (given, positionals, outside) => {
    if (positionals.length > 0) throw new UsageError("name one file with -f FILE");
    const options = optionsOf(given);
    const { encrypt } = await import("./encrypt.ts");
    return encrypt(options, {
      read: (path) => (path === "-" ? buffer(process.stdin) : readFile(path)),
      create: createWhole,
      out: (text) => outside.out(text),
      err: (text) => outside.err(text),
      now: () => outside.now(),
    });
  },
};

function optionsOf(given: Given): EncryptOptions {
  const text = (flag: string) => given.get(flag)?.[0];
  const file = text("file");
  const recipients = given.get("age") ?? [];
  if (file === undefined) throw new UsageError("name a file with -f FILE");
  if (recipients.length === 0) throw new UsageError("name who can decrypt with --age RECIPIENT");
  const as = text("as") ?? "sops";
  if (as !== "sops" && as !== "secretproviderclass") throw new UsageError("--as is sops or secretproviderclass");
  const rules = ruleFlags.flatMap((flag) => {
    const value = text(flag);
    return value === undefined || value === "" ? [] : [{ flag, value }];
  });
  const [rule, second] = rules;
  if (second !== undefined) throw new UsageError(`give --${rule?.flag ?? ""} or --${second.flag}, not both`);
  return {
    file,
    recipients,
    as,
    rule,
    format: text("format"),
    name: text("name"),
    namespace: text("namespace"),
    output: text("output"),
    macOnlyEncrypted: given.has("mac-only-encrypted"),
  };
}

/** Writes beside the file and links it there: never half-written, and never over a file that is there. */
async function createWhole(path: string, content: Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(beside, content, { flag: "wx" });
    await link(beside, path);
  } finally {
    await rm(beside, { force: true });
  }
}
