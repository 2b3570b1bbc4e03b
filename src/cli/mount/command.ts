import { UsageError, type CliOutside, type Command, type Given } from "../command.ts";
import { dialectNames, type Plugins } from "../../wiring/plugins.ts";
import { commit, version } from "../version.ts";

/** `keyferry mount`. */
export function createMountCommand(plugins: Plugins): Command {
  return {
    name: "mount",
    summary: "plays the driver for one pod and writes the files",
    usage: "-f SPC.yaml --target DIR [OPTION ...]",
    options: [
      { flag: "file", short: "f", value: "FILE", help: "manifest with the SecretProviderClass" },
      { flag: "name", value: "NAME", help: "which SecretProviderClass, where the file has several" },
      { flag: "namespace", short: "n", value: "NS", help: "namespace of the pod", fallback: "the manifest's" },
      { flag: "pod", value: "NAME", help: "name of the pod", fallback: "keyferry-mount" },
      { flag: "service-account", value: "SA", help: "service account of the pod", fallback: "default" },
      {
        flag: "token",
        value: "AUD=FILE",
        repeatable: true,
        help: "file with a service-account token for an audience",
      },
      { flag: "secrets", value: "FILE", help: "YAML of the Secret that nodePublishSecretRef would name" },
      { flag: "target", value: "DIR", help: "where to write the volume" },
      { flag: "socket", value: "PATH", help: "socket of a running provider; left out, one of this process answers" },
      { flag: "config", value: "FILE", help: "operator configuration, for a provider of this process" },
    ],
    notes: [
      "Prints a table of the files, and never a value. Exit code 0: done; 1: failed, nothing written; 2: wrong usage.",
    ],
    run: async (given, positionals, outside) => {
      const options = readOptions(given, positionals);
      const [{ mountOnce }, provider] = await Promise.all([import("./mount.ts"), providerOf(given, plugins, outside)]);
      return mountOnce(options, { ...outside, provider });
    },
  };
}

function readOptions(given: Given, positionals: readonly string[]) {
  const one = (flag: string) => given.get(flag)?.[0];
  const required = (flag: string, fix: string): string => {
    const value = one(flag);
    if (value === undefined) throw new UsageError(fix);
    return value;
  };
  if (positionals.length > 0) throw new UsageError(`${positionals.length} words too many; name the manifest with -f`);
  if (given.has("socket") && given.has("config")) {
    throw new UsageError("--config is for a provider of this process; the one behind --socket has its own");
  }
  return {
    file: required("file", "name a manifest with -f FILE"),
    target: required("target", "say where to write the files with --target DIR"),
    name: one("name"),
    namespace: one("namespace"),
    pod: one("pod"),
    serviceAccount: one("service-account"),
    tokens: given.get("token") ?? [],
    secrets: one("secrets"),
    socket: one("socket"),
  };
}

/** Providers of this process, wired as the daemon would; nothing is loaded when a socket answers. */
async function providerOf(given: Given, plugins: Plugins, { now, env }: Pick<CliOutside, "now" | "env">) {
  if (given.has("socket")) return () => undefined;
  const [{ loadSettings }, { problemText }, { createPipeline }, { processMemory }, { createLog }, { createMetrics }] =
    await Promise.all([
      import("../../wiring/settings/load.ts"),
      import("../../wiring/settings/read.ts"),
      import("../../wiring/pipeline.ts"),
      import("../../wiring/memory-limit.ts"),
      import("../../observe/log.ts"),
      import("../../observe/metrics.ts"),
    ]);
  const { config, daemon, values, problems } = await loadSettings(plugins, { flags: configFlag(given), env });
  if (problems.length > 0) throw new UsageError(problems.map(problemText).join("\n"));
  const limits = {
    timeout: values.get(daemon.mountTimeout),
    maxBytes: values.get(daemon.maxResponseBytes),
    memory: processMemory(values.get(daemon.memoryLimit)),
  };
  const log = createLog({ level: "error", format: "text", write: () => undefined, now });
  const metrics = createMetrics({ now, version, commit });
  const surroundings = { env, settings: values, cluster: false };
  const pipeline = await createPipeline(config, plugins, limits, { log, metrics }, surroundings);
  return (name: string) => (dialectNames(plugins).includes(name) ? pipeline.mount(name) : undefined);
}

/** The one setting that this command has a flag for; its other flags are no settings, whatever their names. */
function configFlag(given: Given): Given {
  const config = given.get("config");
  return new Map(config === undefined ? [] : [["config", config]]);
}
