import type { SettingValues } from "../../model/setting.ts";
import type { LogLevel } from "../../observe/log.ts";
import type { DaemonSettings } from "../../wiring/settings/daemon.ts";

/** What `serve` runs with. */
export interface ServeOptions {
  readonly directories: readonly string[];
  /** Names of the dialects to serve. */
  readonly serve: readonly string[];
  readonly healthHost: string;
  readonly healthPort: number;
  /** Milliseconds. */
  readonly mountTimeout: number;
  readonly maxBytes: number;
  /** Bytes; undefined where it is the control group's. */
  readonly memoryLimit: number | undefined;
  /** Milliseconds. */
  readonly waitForSocket: number;
  readonly logLevel: LogLevel;
  readonly logFormat: "json" | "text";
}

/** The daemon's own settings; `terminal`: whether its output is one. */
export function serveOptions(daemon: DaemonSettings, values: SettingValues, terminal: boolean): ServeOptions {
  const health = values.get(daemon.health);
  return {
    directories: values.get(daemon.providersDirs),
    serve: values.get(daemon.serve),
    healthHost: health.host,
    healthPort: health.port,
    mountTimeout: values.get(daemon.mountTimeout),
    maxBytes: values.get(daemon.maxResponseBytes),
    memoryLimit: values.get(daemon.memoryLimit),
    waitForSocket: values.get(daemon.waitForSocket),
    logLevel: values.get(daemon.logLevel),
    logFormat: values.get(daemon.logFormat) ?? (terminal ? "text" : "json"),
  };
}
