import { isAllowed, type Permission } from "../../kube/access-review.ts";
import type { KubeApi } from "../../kube/api.ts";
import { readCsiDriver, type CsiDriver } from "../../kube/csi-driver.ts";
import { readDriverFlags } from "../../kube/driver-flags.ts";
import { MountError } from "../../model/error.ts";
import { defaultSettings, type SettingValues } from "../../model/setting.ts";
import { checkAudiences, checkForm } from "./audiences.ts";
import { checkCsiDriver, driverName } from "./csi-driver.ts";
import { findingsOf, type Finding } from "./finding.ts";
import { audienceNeeds, formNeeds, type Wanted } from "./needs.ts";
import { checkPollInterval } from "./poll-interval.ts";
import { featuresOf, grantText, makesTokens, permissionText } from "./permissions.ts";
import { checkFeature, checkTokenRight } from "./rbac.ts";
import { settled } from "./settled.ts";

/** What is known of the cluster. */
export interface ClusterSettings {
  /** Undefined where there is no access. */
  readonly api: KubeApi | undefined;
  /** Path of the kubeconfig; empty where the pod's own access is used. */
  readonly kubeconfig: string;
  readonly wanted: Wanted;
  readonly values: SettingValues;
  /** Milliseconds for all answers. */
  readonly limit: number;
}

const driver = findingsOf("csidriver");
const rbac = findingsOf("rbac");

const subject = `CSIDriver ${driverName}`;

/** The CSIDriver object, then the daemon's rights. */
export async function checkCluster(settings: ClusterSettings): Promise<readonly Finding[]> {
  const { api, limit, kubeconfig, wanted } = settings;
  if (api === undefined)
    return unasked("there is no Kubernetes API here", "name a --kubeconfig, or run this in the pod");
  const signal = AbortSignal.timeout(limit);
  const namespace = await api.namespace().catch((thrown: unknown) => MountError.from(thrown));
  if (namespace instanceof MountError) {
    if (kubeconfig === "")
      return [...unasked(namespace.message, "set the chart's value rbac.doctor=true"), ...lacking(wanted)];
    return [driver.problem(subject, namespace.message, "correct --kubeconfig, or leave it out in a pod")];
  }
  const features = featuresOf(wanted, namespace, settings.values);
  const review = (permission: Permission) => settled(isAllowed(api, permission, signal), signal, limit);
  const [found, flags, tokens, ...verdicts] = await Promise.all([
    settled(readCsiDriver(api, driverName, signal), signal, limit),
    settled(readDriverFlags(api, signal), signal, limit),
    review(makesTokens),
    ...features.map(({ permission }) => review(permission)),
  ]);
  const object = [...checkDriver(found, wanted, tokens === true), ...pollInterval(found, flags)];
  if (found instanceof MountError && tokens instanceof MountError) {
    return [...object, rbac.skipped("rights of the daemon", tokens.message, "see above")];
  }
  return [
    ...object,
    checkTokenRight(tokens),
    ...features.map((feature, at) => checkFeature(feature, verdicts[at] ?? false)),
  ];
}

function checkDriver(
  found: CsiDriver | "forbidden" | MountError | undefined,
  wanted: Wanted,
  mayMake: boolean,
): readonly Finding[] {
  if (found === undefined) return [driver.problem(subject, "is not there", "install the Secrets Store CSI driver")];
  if (found === "forbidden") {
    const rule = "{ apiGroups: [storage.k8s.io], resources: [csidrivers], verbs: [get] }";
    const fix = `set the chart's value rbac.doctor=true, or grant ${rule}`;
    return [driver.skipped(subject, "the daemon's role may not read it", fix)];
  }
  if (found instanceof MountError) {
    const fix = "open the way to the API server (networkPolicy.ports of the chart), or correct --kubeconfig";
    return [driver.problem(subject, found.message, fix)];
  }
  return [
    ...checkCsiDriver(found),
    ...checkAudiences(audienceNeeds(wanted), found, mayMake),
    ...formNeeds(wanted).map((need) => checkForm(need, found, mayMake)),
  ];
}

/** Of no meaning where nothing is known of the driver. */
function pollInterval(
  found: CsiDriver | "forbidden" | MountError | undefined,
  flags: Parameters<typeof checkPollInterval>[0],
): readonly Finding[] {
  return found === undefined || found instanceof MountError ? [] : [checkPollInterval(flags)];
}

function unasked(why: string, fix: string): readonly Finding[] {
  return [driver.skipped(subject, why, fix), rbac.skipped("rights of the daemon", why, fix)];
}

/** What the operator configured, and a pod without access to the API cannot do. */
function lacking(wanted: Wanted): readonly Finding[] {
  const required = featuresOf(wanted, "", defaultSettings).filter((feature) => feature.required);
  return required.map((feature) => {
    const { permission, purpose, without } = feature;
    const what = `${purpose} needs the Kubernetes API, which the pod may not use: ${without}`;
    return rbac.problem(permissionText(permission), what, grantText(feature));
  });
}
