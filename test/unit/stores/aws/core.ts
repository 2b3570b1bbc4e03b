import { createAwsIdentity } from "../../../../src/identity/aws/aws.ts";
import type { AwsKube } from "../../../../src/identity/aws/kube.ts";
import { createFindRegion } from "../../../../src/identity/aws/node-region.ts";
import type { AwsSettings } from "../../../../src/identity/aws/settings.ts";
import type { Clock } from "../../../../src/model/clock.ts";
import { MountError } from "../../../../src/model/error.ts";
import { defaultFileMode, type FileMode } from "../../../../src/model/file.ts";
import type { Outcome } from "../../../../src/model/outcome.ts";
import { Secret } from "../../../../src/model/secret.ts";
import { sessionKey } from "../../../../src/model/session.ts";
import { createBatchMemory } from "../../../../src/stores/aws/batch-memory.ts";
import { readRefs, type ClientDeps } from "../../../../src/stores/aws/client.ts";
import { parseManifest } from "../../../../src/stores/aws/dialect-plan.ts";
import type { AwsRef } from "../../../../src/stores/aws/objects.ts";
import { renderObject } from "../../../../src/stores/aws/render.ts";
import { Issues } from "../../../../src/text/issues.ts";
import type { AwsRule } from "../../../fakes/aws-fixture.ts";
import type { RecordedCluster } from "../../../fakes/aws-recorded.ts";
import { sendTo, type AwsWorld } from "../../../fakes/aws-world.ts";

export const plainSettings: AwsSettings = {
  region: "",
  endpoints: { fips: false, dualStack: false, own: { secretsmanager: "", ssm: "", sts: "", kms: "" } },
  podIdentityAgent: "",
  podIdentityTimeout: 5_000,
  nodeCredentials: [],
  batchSecrets: true,
  own: {
    credentialsFile: "",
    roleArn: "",
    webIdentityTokenFile: "",
    containerUri: "",
    containerTokenFile: "",
    metadata: "",
  },
};

/** A clock on which every pause is over at once. */
export function hastyClock(start: number): Clock {
  let passed = 0;
  return {
    now: () => start + passed,
    monotonic: () => passed,
    sleep: (milliseconds) => {
      passed += milliseconds;
      return Promise.resolve();
    },
    random: () => 0.5,
  };
}

/** The cluster of the recorded cases, without its API; a rule for one of its paths is a failure. */
export function kubeOf({ serviceAccounts, pods, nodes }: RecordedCluster, script: readonly AwsRule[] = []): AwsKube {
  const found = <T>(value: T | undefined, what: string, path: string): Promise<T> => {
    const fails = script.some((rule) => rule.service === "kubernetes" && rule.path === path);
    if (fails) return Promise.reject(new MountError("store_unavailable", `the Kubernetes API failed to read ${what}`));
    return value === undefined
      ? Promise.reject(new MountError("object_not_found", `${what} not found`))
      : Promise.resolve(value);
  };
  return {
    serviceAccount: async (namespace, name) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`;
      const annotations = await found(serviceAccounts[`${namespace}/${name}`], `serviceaccounts "${name}"`, path);
      return { uid: "u", annotations: new Map(Object.entries(annotations)) };
    },
    podToken: (_, audience) => Promise.resolve({ token: Secret.fromText(`asked-${audience}`), expiresAt: undefined }),
    podNode: (namespace, name) =>
      found(pods[`${namespace}/${name}`], `pods "${name}"`, `/api/v1/namespaces/${namespace}/pods/${name}`),
    nodeLabels: async (name) =>
      new Map(Object.entries(await found(nodes[name], `nodes "${name}"`, `/api/v1/nodes/${name}`))),
  };
}

/** As the fetch layer repeats what may pass. */
async function inThreeTries(
  refs: readonly AwsRef[],
  read: (refs: readonly AwsRef[]) => Promise<readonly Outcome[]>,
): Promise<readonly Outcome[]> {
  const answers = new Map<AwsRef, Outcome>();
  for (let tries = 0; tries < 3; tries += 1) {
    const open = refs.filter((ref) => {
      const answer = answers.get(ref);
      return answer === undefined || (answer.kind === "failed" && answer.error.transient);
    });
    const outcomes = open.length === 0 ? [] : await read(open);
    outcomes.forEach((outcome, at) => {
      const ref = open[at];
      if (ref !== undefined) answers.set(ref, outcome);
    });
  }
  return refs.flatMap((ref) => answers.get(ref) ?? []);
}

/** A Mount by the parts of the store alone, without the driver's rules. */
export async function coreMount(
  attributes: Readonly<Record<string, string>>,
  world: AwsWorld,
  cluster: RecordedCluster,
  settings: AwsSettings = plainSettings,
  defaultMode: FileMode = defaultFileMode,
) {
  const entries = Object.entries(attributes);
  const parameters = new Map(entries.filter(([name]) => !name.startsWith("csi.storage.k8s.io/")));
  const csi = (name: string) => attributes[`csi.storage.k8s.io/${name}`] ?? "";
  const pod = {
    name: csi("pod.name"),
    namespace: csi("pod.namespace"),
    uid: csi("pod.uid"),
    serviceAccount: csi("serviceAccount.name"),
  };
  const given = JSON.parse(csi("serviceAccount.tokens") || "{}") as Readonly<Record<string, { token?: string }>>;
  const tokens = new Map(
    Object.entries(given).map(([audience, { token = "" }]) => [
      audience,
      { token: Secret.fromText(token), expiresAt: undefined },
    ]),
  );
  const issues = new Issues();
  const { params, objects } = parseManifest(parameters, settings.region, issues);
  const mistake = issues.toError();
  if (mistake !== undefined) throw mistake;
  const clock = hastyClock(world.now());
  const network = { send: sendTo(world), clock, userAgent: "keyferry" };
  const kube = kubeOf(cluster, world.script);
  const readFile = () => Promise.reject(new Error("no files"));
  const deps: ClientDeps = {
    network,
    settings,
    identity: createAwsIdentity({ network, settings, kube, readFile }),
    skew: { value: 0 },
    batches: createBatchMemory(settings.batchSecrets, clock),
    findRegion: createFindRegion(kube, clock),
  };
  const session = {
    key: sessionKey("aws", null, pod),
    params,
    pod,
    tokens,
    chosenBy: "manifest" as const,
    secrets: new Map(),
  };
  const outcomes = await inThreeTries(
    objects.map(({ ref }) => ref),
    (refs) => readRefs(refs, session, deps, new AbortController().signal),
  );
  const errors: MountError[] = [];
  const rendered = objects.flatMap((object, at) => {
    const outcome = outcomes[at];
    if (outcome === undefined || outcome.kind === "missing") {
      errors.push(new MountError("object_not_found", outcome?.problem ?? ""));
      return [];
    }
    if (outcome.kind === "failed") {
      errors.push(outcome.error);
      return [];
    }
    return [renderObject(object, outcome, defaultMode)];
  });
  const [first, ...others] = errors;
  if (first !== undefined) throw MountError.all([first, ...others]);
  const files = new Map(rendered.flatMap((one) => one.files.map((file) => [file.path, file] as const)));
  const versions = new Map(rendered.flatMap((one) => one.versions.map((record) => [record.id, record] as const)));
  return { files: [...files.values()], versions: [...versions.values()] };
}
