import { caseHelp, caseNames } from "../../conformance/target.ts";
import { UsageError, type Command, type Given } from "../command.ts";

const outputs = ["text", "json", "junit"] as const;

/** `keyferry conform`. */
export const conformCommand: Command = {
  name: "conform",
  summary: "holds a provider's socket to the driver's rules",
  usage: "--socket PATH [-f SPC.yaml] [--case NAME=SPC.yaml ...] [OPTION ...]",
  options: [
    { flag: "socket", value: "PATH", help: "socket of the provider, of whatever project" },
    { flag: "file", short: "f", value: "FILE", help: "manifest that the provider mounts" },
    { flag: "case", value: "NAME=FILE", repeatable: true, help: "manifest of one of the cases below" },
    { flag: "expect", value: "PATH=FILE", repeatable: true, help: "the bytes that a file of the volume must have" },
    { flag: "namespace", short: "n", value: "NS", help: "namespace of the pod", fallback: "the manifest's" },
    { flag: "pod", value: "NAME", help: "name of the pod", fallback: "keyferry-mount" },
    { flag: "service-account", value: "SA", help: "service account of the pod", fallback: "default" },
    { flag: "other-account", value: "SA", help: "a service account that may not read what the manifest names" },
    { flag: "other-socket", value: "PATH", help: "socket of another provider of the same process" },
    { flag: "token", value: "AUD=FILE", repeatable: true, help: "file with a service-account token for an audience" },
    { flag: "secrets", value: "FILE", help: "YAML of the Secret that nodePublishSecretRef would name" },
    { flag: "patience", value: "DURATION", fallback: "100s", help: "how long a Mount without a deadline may take" },
    { flag: "output", value: "FORMAT", fallback: "text", help: outputs.join(", ") },
  ],
  notes: [
    `The cases:\n${caseNames.map((name) => `  ${name.padEnd(16)}${caseHelp[name]}`).join("\n")}`,
    "Rules that lack their case are skipped. Exit code 0: no rule is broken; 1: one is; 2: wrong usage.",
  ],
  run: async (given, positionals, outside) => {
    if (positionals.length > 0) throw new UsageError("name manifests with -f and --case");
    const options = readOptions(given);
    return (await import("./conform.ts")).conform(options, outside);
  },
};

function readOptions(given: Given) {
  const one = (flag: string) => given.get(flag)?.[0];
  const socket = one("socket");
  if (socket === undefined) throw new UsageError("name the provider's socket with --socket PATH");
  const output = outputs.find((known) => known === (one("output") ?? "text"));
  if (output === undefined) throw new UsageError(`--output is one of ${outputs.join(", ")}`);
  return {
    socket,
    output,
    file: one("file"),
    cases: given.get("case") ?? [],
    expected: given.get("expect") ?? [],
    namespace: one("namespace"),
    pod: one("pod"),
    serviceAccount: one("service-account"),
    otherAccount: one("other-account"),
    otherSocket: one("other-socket"),
    tokens: given.get("token") ?? [],
    secrets: one("secrets"),
    patience: one("patience") ?? "100s",
  };
}
