import { hmacSecretNameSetting, kubeconfigSetting, nodeNameSetting } from "../../kube/settings.ts";
import { listSetting, setting, type Setting } from "../../model/setting.ts";
import { logLevels, type LogLevel } from "../../observe/log.ts";
import {
  choiceRule,
  durationRule,
  integerRule,
  listenRule,
  pathRule,
  sizeRule,
  type ListenAddress,
} from "../../text/rules.ts";

/** The settings of the daemon itself; those of stores come from their folders. */
export interface DaemonSettings {
  readonly providersDirs: Setting<readonly string[]>;
  /** Names of dialects. */
  readonly serve: Setting<readonly string[]>;
  /** Path of the operator's configuration; empty for none. */
  readonly config: Setting<string>;
  readonly health: Setting<ListenAddress>;
  /** Milliseconds. */
  readonly mountTimeout: Setting<number>;
  readonly maxResponseBytes: Setting<number>;
  /** Bytes; undefined for the control group's limit. */
  readonly memoryLimit: Setting<number | undefined>;
  /** Milliseconds. */
  readonly waitForSocket: Setting<number>;
  /** Path; empty for the pod's own service account. */
  readonly kubeconfig: Setting<string>;
  readonly nodeName: Setting<string>;
  /** Empty for no key. */
  readonly hmacSecretName: Setting<string>;
  readonly logLevel: Setting<LogLevel>;
  /** Undefined: by what the output is. */
  readonly logFormat: Setting<"json" | "text" | undefined>;
}

/** Where the driver looks for providers. */
export const standardProvidersDir = "/var/run/secrets-store-csi-providers";

/** Folders for sockets; also a flag of commands that only need these. */
export const providersDirsSetting = notEmpty(
  listSetting(
    {
      flag: "providers-dir",
      value: "DIR",
      help: "where sockets are created, as DIR/NAME.sock",
      defaultText: standardProvidersDir,
    },
    pathRule,
    [standardProvidersDir],
  ),
  "name at least one folder",
);

/** The operator's configuration file. */
export const configSetting: Setting<string> = setting(
  { flag: "config", value: "FILE", help: "operator configuration", notInFile: true },
  pathRule,
  "",
);

/** The daemon's settings where these dialects can be served. */
export function daemonSettings(dialects: readonly string[]): DaemonSettings {
  return {
    providersDirs: providersDirsSetting,
    serve: serveSetting(dialects),
    config: configSetting,
    health: setting(
      {
        flag: "health-address",
        value: "HOST:PORT",
        help: "address of /livez, /readyz and /metrics",
        defaultText: "127.0.0.1:8080",
      },
      listenRule,
      { host: "127.0.0.1", port: 8080 },
    ),
    ...limits(),
    kubeconfig: kubeconfigSetting,
    nodeName: nodeNameSetting,
    hmacSecretName: hmacSecretNameSetting,
    logLevel: setting(
      { flag: "log-level", value: "LEVEL", help: "debug, info, warn or error", defaultText: "info" },
      choiceRule(logLevels, "level"),
      "info",
    ),
    logFormat: setting<"json" | "text" | undefined>(
      { flag: "log-format", value: "FORMAT", help: "json or text (default: text on a terminal, json elsewhere)" },
      choiceRule<"json" | "text">(["json", "text"], "format"),
      undefined,
    ),
  };
}

function limits() {
  return {
    mountTimeout: setting(
      {
        flag: "mount-timeout",
        value: "DURATION",
        help: "own limit for a Mount; the caller's deadline wins if sooner",
        defaultText: "90s",
      },
      durationRule(1),
      90_000,
    ),
    maxResponseBytes: setting(
      {
        flag: "max-response-bytes",
        value: "N",
        help: "the driver's --max-call-recv-msg-size",
        defaultText: "4194304",
      },
      integerRule(1, 9_999_999_999, "number of bytes"),
      4_194_304,
    ),
    memoryLimit: setting<number | undefined>(
      {
        flag: "memory-limit",
        value: "SIZE",
        help: "memory that contents in flight and cached answers are budgeted from (default: the container's limit)",
      },
      sizeRule(64 << 20),
      undefined,
    ),
    waitForSocket: setting(
      {
        flag: "wait-for-socket",
        value: "DURATION",
        help: "how long to stand by, ready, while another process serves a socket",
        defaultText: "0s",
      },
      durationRule(),
      0,
    ),
  };
}

function serveSetting(dialects: readonly string[]): Setting<readonly string[]> {
  const words = { flag: "serve", value: "NAME[,NAME...]", help: "which providers to serve, one socket each" };
  const [first = ""] = dialects;
  const list = listSetting({ ...words, defaultText: first }, choiceRule(dialects, "provider"), [first]);
  return notEmpty(list, `name at least one provider: ${dialects.join(", ")}`);
}

/** The same, but a list without any value is a problem. */
function notEmpty<T>(list: Setting<readonly T[]>, problem: string): Setting<readonly T[]> {
  return {
    ...list,
    parse: (text) => {
      const parsed = list.parse(text);
      return parsed.kind === "value" && parsed.value.length === 0 ? { kind: "problem", problem } : parsed;
    },
  };
}
