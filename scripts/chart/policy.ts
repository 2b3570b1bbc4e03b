/** What a Kubernetes object looks like to the policy: fields by name, nothing sure. */
export type Manifest = Readonly<Record<string, unknown>>;

type Fields = Readonly<Record<string, unknown>>;

/** Folders of the host that may be mounted: the one exception from the "restricted" profile. */
const allowedHostPaths: ReadonlySet<string> = new Set([
  "/var/run/secrets-store-csi-providers",
  "/etc/kubernetes/secrets-store-csi-providers",
  "/var/run/secrets-store-sync-providers",
]);

/** Kinds of volume that "restricted" knows, without those that nobody needs here. */
const allowedVolumes: ReadonlySet<string> = new Set(["configMap", "emptyDir", "projected", "secret"]);

/** The step that runs as root, and why it may: it owns the folders and has no capability. */
const rootSteps: ReadonlySet<string> = new Set(["prepare"]);

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** `DaemonSet keyferry` */
function nameOf(manifest: Manifest): string {
  return `${String(manifest["kind"])} ${String(fields(manifest["metadata"])["name"])}`;
}

/**
 * Everything that breaks the pod security standard "restricted" (minus sockets' folders of the host), least privilege,
 * or this project's own rules; each finding a sentence that begins with the object.
 */
export function checkPolicy(manifests: readonly Manifest[]): readonly string[] {
  const findings = manifests.flatMap((manifest) => {
    const about = (problem: string) => `${nameOf(manifest)}: ${problem}`;
    return [...checkKind(manifest), ...checkWorkload(manifest), ...checkRules(manifest), ...checkNetwork(manifest)].map(
      about,
    );
  });
  return [...findings, ...checkApiToken(manifests)];
}

/** Kinds that have no place in the chart. */
function checkKind({ kind }: Manifest): readonly string[] {
  if (kind === "Secret") return ["a Secret with plain content; name an existing one instead"];
  if (kind === "PodDisruptionBudget") return ["budgets are not for DaemonSets"];
  return [];
}

function podSpecOf({ kind, spec }: Manifest): Fields | undefined {
  const template = fields(spec)["template"];
  return kind === "DaemonSet" || kind === "Deployment" ? fields(fields(template)["spec"]) : undefined;
}

function checkWorkload(manifest: Manifest): readonly string[] {
  const pod = podSpecOf(manifest);
  if (pod === undefined) return [];
  const security = fields(pod["securityContext"]);
  const shared = ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"].filter((name) => pod[name] === true);
  const containers = list(pod["containers"]).flatMap((container) => checkContainer(container, security, false));
  const steps = list(pod["initContainers"]).flatMap((container) => checkContainer(container, security, true));
  return [
    ...shared.map((name) => `${name} is on`),
    ...(fields(security["seccompProfile"])["type"] === "RuntimeDefault"
      ? []
      : ["seccompProfile is not RuntimeDefault"]),
    ...list(pod["volumes"]).flatMap(checkVolume),
    ...containers,
    ...steps,
  ];
}

function checkVolume(volume: Fields): readonly string[] {
  const { name, hostPath } = volume;
  const kinds = Object.keys(volume).filter((key) => key !== "name" && key !== "hostPath");
  const path = String(fields(hostPath)["path"]);
  const readable = Number(fields(volume["secret"])["defaultMode"] ?? 0o440);
  return [
    ...(hostPath === undefined || allowedHostPaths.has(path) ? [] : [`volume ${String(name)} is the host's ${path}`]),
    ...kinds.filter((kind) => !allowedVolumes.has(kind)).map((kind) => `volume ${String(name)} is a ${kind}`),
    ...((readable & 0o7) === 0 ? [] : [`volume ${String(name)} is readable by everybody`]),
  ];
}

function checkContainer(container: Fields, pod: Fields, isStep: boolean): readonly string[] {
  const name = String(container["name"]);
  const own = fields(container["securityContext"]);
  const effective = { ...pod, ...own };
  const capabilities = fields(own["capabilities"]);
  const mayBeRoot = isStep && rootSteps.has(name);
  const problems = [
    own["privileged"] === true ? "is privileged" : undefined,
    own["allowPrivilegeEscalation"] === false ? undefined : "may gain privileges",
    own["readOnlyRootFilesystem"] === true ? undefined : "can write to its root file system",
    texts(capabilities["drop"]).includes("ALL") ? undefined : "keeps capabilities",
    texts(capabilities["add"]).length === 0 ? undefined : "adds capabilities",
    mayBeRoot || (effective["runAsNonRoot"] === true && Number(effective["runAsUser"]) > 0)
      ? undefined
      : "runs as root",
    isStep || container["livenessProbe"] !== undefined ? undefined : "has no liveness probe",
    isStep || container["readinessProbe"] !== undefined ? undefined : "has no readiness probe",
    fields(fields(container["resources"])["requests"])["memory"] === undefined ? "requests no memory" : undefined,
    fields(fields(container["resources"])["limits"])["memory"] === undefined ? "has no memory limit" : undefined,
    container["command"] === undefined ? undefined : "replaces the image's entry point",
    ...list(container["env"])
      .filter(({ valueFrom }) => fields(valueFrom)["secretKeyRef"] !== undefined)
      .map((variable) => `takes ${String(variable["name"])} from a Secret into its environment`),
    ...list(container["ports"])
      .filter(({ hostPort }) => hostPort !== undefined)
      .map(({ hostPort }) => `opens port ${String(hostPort)} of the host`),
  ];
  return problems.flatMap((problem) => (problem === undefined ? [] : [`container ${name} ${problem}`]));
}

/** Roles: no wildcards, and the powers that make others possible named one by one. */
function checkRules({ kind, rules, metadata }: Manifest): readonly string[] {
  if (kind !== "Role" && kind !== "ClusterRole") return [];
  const why = fields(fields(metadata)["annotations"])["keyferry/why"];
  const findings = list(rules).flatMap((rule) => {
    const { apiGroups, resources, verbs, resourceNames } = rule;
    const all = [...texts(apiGroups), ...texts(resources), ...texts(verbs)];
    // Whoever names the controller's namespace has been told what that means.
    const isTold = String(fields(metadata)["name"]).endsWith("-sealed-secrets") && texts(verbs).join() === "list";
    const readsSecrets =
      !isTold && texts(resources).includes("secrets") && !texts(verbs).every((verb) => verb === "create");
    return [
      ...(all.includes("*") ? ["a wildcard"] : []),
      ...(readsSecrets && (kind === "ClusterRole" || texts(resourceNames).length === 0) ? ["reads any Secret"] : []),
      ...texts(verbs)
        .filter((verb) => ["delete", "deletecollection", "escalate", "bind", "impersonate", "update"].includes(verb))
        .map((verb) => `the verb ${verb}`),
    ];
  });
  return typeof why === "string" && why !== "" ? findings : [...findings, "does not say why (annotation keyferry/why)"];
}

function checkNetwork({ kind, spec }: Manifest): readonly string[] {
  if (kind !== "NetworkPolicy") return [];
  const { policyTypes, ingress, egress } = fields(spec);
  const open = list(egress).filter((rule) => rule["ports"] === undefined && rule["to"] === undefined);
  return [
    ...(texts(policyTypes).join() === "Egress" && ingress === undefined ? [] : ["says something about ingress"]),
    ...(open.length === 0 ? [] : ["allows all egress"]),
  ];
}

/** A pod has an API token if and only if a role is bound. */
function checkApiToken(manifests: readonly Manifest[]): readonly string[] {
  const bound = manifests.some(({ kind }) => kind === "ClusterRoleBinding" || kind === "RoleBinding");
  return manifests.flatMap((manifest) => {
    const pod = podSpecOf(manifest);
    if (pod === undefined || pod["automountServiceAccountToken"] === bound) return [];
    return [`${nameOf(manifest)}: ${bound ? "has roles but no API token" : "has an API token that it does not need"}`];
  });
}
