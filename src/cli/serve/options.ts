import { parseDuration } from "../../text/codecs/duration.ts";
import { nearest } from "../../text/nearest.ts";
import { logLevels, type LogLevel } from "../../observe/log.ts";
import { UsageError } from "../command.ts";
import type { Chosen, SettingName } from "./settings.ts";

/** The settings of `serve`, parsed. */
export interface ServeOptions {
  readonly directories: readonly string[];
  /** Names of the dialects to serve. */
  readonly serve: readonly string[];
  readonly healthHost: string;
  readonly healthPort: number;
  /** Milliseconds. */
  readonly mountTimeout: number;
  readonly mostBytes: number;
  /** Milliseconds. */
  readonly waitForSocket: number;
  readonly kubeconfig: string | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat: "json" | "text";
}

/** Parses what was chosen; throws UsageError naming where a wrong value came from. */
export function parseServeOptions(
  chosen: ReadonlyMap<string, Chosen>,
  known: readonly string[],
  terminal: boolean,
): ServeOptions {
  const take = (name: SettingName): Chosen => chosen.get(name) ?? { values: [], from: `--${name}` };
  const one = (name: SettingName): string => take(name).values.at(-1) ?? "";
  const refuse = (name: SettingName, problem: string): never => {
    throw new UsageError(`${take(name).from}: ${problem}`);
  };
  const address = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(one("health-address"));
  const healthPort = Number(address?.[3] ?? "NaN");
  const mountTimeout = parseDuration(one("mount-timeout")) ?? 0;
  const mostBytes = /^\d{1,10}$/.test(one("max-response-bytes")) ? Number(one("max-response-bytes")) : 0;
  const logLevel = logLevels.find((level) => level === one("log-level"));
  const format = one("log-format");
  if (!["", "true", "false"].includes(one("sops-refuse-older"))) refuse("sops-refuse-older", "write true or false");
  return {
    directories: unique(take("providers-dir").values),
    serve: knownDialects(take("serve"), known),
    healthHost: address?.[1] ?? address?.[2] ?? refuse("health-address", "write HOST:PORT, such as 127.0.0.1:8080"),
    healthPort: healthPort <= 65_535 ? healthPort : refuse("health-address", "the port is a number from 0 to 65535"),
    mountTimeout: mountTimeout > 0 ? mountTimeout : refuse("mount-timeout", "write a duration above zero, such as 90s"),
    mostBytes: mostBytes > 0 ? mostBytes : refuse("max-response-bytes", "write a number of bytes above zero"),
    waitForSocket:
      parseDuration(one("wait-for-socket")) ?? refuse("wait-for-socket", "write a duration, such as 10m, or 0s"),
    kubeconfig: take("kubeconfig").values.at(-1),
    logLevel: logLevel ?? refuse("log-level", `write one of ${logLevels.join(", ")}`),
    logFormat: formatOf(format, terminal) ?? refuse("log-format", "write json or text"),
  };
}

function formatOf(text: string, terminal: boolean): "json" | "text" | undefined {
  if (text === "") return terminal ? "text" : "json";
  return text === "json" || text === "text" ? text : undefined;
}

function knownDialects({ values, from }: Chosen, known: readonly string[]): readonly string[] {
  const names = unique(values.filter((name) => name !== ""));
  if (names.length === 0) throw new UsageError(`${from}: name at least one provider: ${known.join(", ")}`);
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    throw new UsageError(`${from}: there is no provider ${JSON.stringify(name)} (known: ${known.join(", ")})${hint}`);
  }
  return names;
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
