import { createHttpClient } from "../../http/client.ts";
import { kubeconfigSetting } from "../../kube/settings.ts";
import { proxiesOf } from "../../http/proxy.ts";
import type { CliOutside, ExitCode, Given } from "../command.ts";
import { loadPlugins, type Plugins } from "../../wiring/plugins.ts";
import { withSettings } from "../../wiring/compose.ts";
import { openKube } from "../../wiring/deps.ts";
import { checkCluster } from "./cluster.ts";
import { checkDaemon } from "./daemon-health.ts";
import { checkEndpoints } from "./endpoints.ts";
import { checkFolders } from "./folders.ts";
import type { Finding } from "./finding.ts";
import { checkGrants } from "./grants.ts";
import { checkFileMode, checkKeys } from "./key-files.ts";
import { reportJson, reportText, summaryOf } from "./report.ts";
import { examineSettings, type ExaminedSettings } from "./settings.ts";
import { checkSockets } from "./sockets.ts";

/** What the doctor's own flags say. */
export interface DoctorOptions {
  readonly output: "text" | "json";
  /** Where the driver looks for providers, in its order. */
  readonly driverDirs: readonly string[];
}

/** Longest wait for each answer of others, in milliseconds. */
const limit = 5_000;

/** Looks at everything, and says what it found. Throws UsageError. */
export async function doctor(
  given: Given,
  outside: CliOutside,
  plugins: Plugins,
  { output, driverDirs }: DoctorOptions,
): Promise<ExitCode> {
  const settings = await examineSettings(given, outside, plugins);
  const { options } = settings;
  const ownDirs = options.directories;
  const now = () => outside.now();
  const inPod = (outside.env["KUBERNETES_SERVICE_HOST"] ?? "") !== "";
  const who = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const findings = await Promise.all([
    checkFolders({ driverDirs, ownDirs, inPod, who }),
    checkSockets({ driverDirs, ownDirs, serve: options.serve, limit, now }),
    checkConfig(settings),
    checkNetwork(settings, outside, plugins),
    checkDaemon(`${options.healthHost}:${options.healthPort}`, limit),
  ]);
  const all: readonly Finding[] = findings.flat();
  outside.out(output === "json" ? reportJson(all) : reportText(all, outside.color));
  outside.err(summaryOf(all));
  return all.some(({ status }) => status === "problem") ? 1 : 0;
}

async function checkConfig({ config, secretFiles, findings }: ExaminedSettings): Promise<readonly Finding[]> {
  const modes = await Promise.all(secretFiles.map(checkFileMode));
  return [...findings, ...checkGrants(config), ...(await checkKeys(config.keys)), ...modes.flat()];
}

/** The cluster, then the stores. */
async function checkNetwork(
  { config, options, values }: ExaminedSettings,
  outside: CliOutside,
  plugins: Plugins,
): Promise<readonly Finding[]> {
  const http = createHttpClient();
  const { stores, dialects: all } = await loadPlugins(plugins, values);
  const dialects = all.filter(({ name }) => options.serve.includes(name));
  const settings = { config: { ...config, stores: withSettings(config.stores, stores) }, dialects };
  try {
    const [cluster, endpoints] = await Promise.all([
      checkCluster({
        api: openKube({ env: outside.env, settings: values }, http.send),
        kubeconfig: values.get(kubeconfigSetting),
        wanted: { ...settings, serve: options.serve, plugins },
        values,
        limit,
      }),
      checkEndpoints({ ...settings, proxyOf: proxiesOf(outside.env), limit, now: () => outside.now() }),
    ]);
    return [...cluster, ...endpoints];
  } finally {
    http.close();
  }
}
