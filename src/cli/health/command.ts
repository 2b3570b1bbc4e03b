import { UsageError, type Command } from "../command.ts";

/** Milliseconds; below the time that probes usually have. */
const timeout = 4000;

/** `keyferry health`. */
export const healthCommand: Command = {
  name: "health",
  summary: "asks a running daemon whether it is ready",
  usage: "[--health-address HOST:PORT] [--path PATH]",
  options: [
    { flag: "health-address", value: "HOST:PORT", fallback: "127.0.0.1:8080", help: "the daemon's --health-address" },
    { flag: "path", value: "PATH", fallback: "/readyz", help: "/readyz or /livez" },
  ],
  notes: ["Exit code 0: ready; 1: not. KEYFERRY_HEALTH_ADDRESS stands in for the flag."],
  run: async (given, _positionals, { env, err }) => {
    const variable = env["KEYFERRY_HEALTH_ADDRESS"];
    const address = given.get("health-address")?.[0] ?? (variable === "" ? undefined : variable) ?? "127.0.0.1:8080";
    const path = given.get("path")?.[0] ?? "/readyz";
    if (!/^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):\d{1,5}$/.test(address)) throw new UsageError("an address is HOST:PORT");
    if (!["/readyz", "/livez", "/healthz"].includes(path)) throw new UsageError("--path is /readyz or /livez");
    return (await import("./check.ts")).checkHealth({ address, path, timeout, err });
  },
};
