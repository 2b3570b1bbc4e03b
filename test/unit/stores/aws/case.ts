import { MountError } from "../../../../src/model/error.ts";
import type { MountResponse } from "../../../../src/model/request.ts";
import type { AwsFixture, AwsRule } from "../../../fakes/aws-fixture.ts";
import { createAwsWorld, sendTo, type AwsWorld } from "../../../fakes/aws-world.ts";
import { startKube } from "../../../fakes/kube.ts";
import { podToken } from "../../../fakes/pod-token.ts";
import type { VirtualClock } from "../../../fakes/virtual-clock.ts";
import { createMounting } from "../../../fakes/mounting.ts";

/** A manifest of a person, and what AWS and the cluster have. */
export interface AwsCase {
  readonly parameters: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly parametersHeld?: Readonly<Record<string, string>>;
  readonly script?: readonly AwsRule[];
  readonly batches?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly nodeLabels?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>>;
}

/** Version of every secret that a case names. */
export const currentVersion = "22222222-bbbb-4ccc-8ddd-000000000001";

function fixtureOf({ secrets = {}, parametersHeld = {} }: AwsCase): AwsFixture {
  const versions = (text: string) => ({ [currentVersion]: { stages: ["AWSCURRENT"], string: text } });
  return {
    secrets: { "*": Object.fromEntries(Object.entries(secrets).map(([name, text]) => [name, versions(text)])) },
    parameters: {
      "*": Object.fromEntries(
        Object.entries(parametersHeld).map(([name, value]) => [name, [{ version: 4, value }]] as const),
      ),
    },
  };
}

/** A daemon, the services and the cluster of a case. */
export interface StartedCase {
  readonly world: AwsWorld;
  readonly clock: VirtualClock;
  /** One Mount of a pod of the service account, or why it was refused; with a token of kubelet's unless another is given. */
  mount(pod?: string, token?: string): Promise<MountResponse | MountError>;
  close(): Promise<void>;
}

export async function startCase(one: AwsCase): Promise<StartedCase> {
  const kube = await startKube();
  const role = { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/shop-web" };
  kube.accounts.set("shop/web", one.annotations ?? role);
  kube.podNodes.set("shop/web-0", "node-a");
  kube.nodes.set("node-a", one.nodeLabels ?? { "topology.kubernetes.io/region": "eu-west-1" });
  const now = { read: () => 1_800_000_000_000 };
  const world = createAwsWorld(fixtureOf(one), () => now.read());
  world.script = one.script ?? [];
  world.batches = one.batches ?? false;
  const mounting = createMounting(kube, one.settings ?? {}, now.read(), sendTo(world));
  const { clock } = mounting;
  now.read = () => clock.now();
  return {
    world,
    clock,
    mount: (pod = "web-0", token = podToken(pod)) => {
      const own = {
        "csi.storage.k8s.io/pod.name": pod,
        "csi.storage.k8s.io/pod.uid": `uid-${pod}`,
        "csi.storage.k8s.io/serviceAccount.tokens": tokensOf(token),
      };
      const attributes = { ...attributesOfPod, ...own, ...one.parameters };
      return settled(mounting.mount(attributes, { dialect: "aws" }), clock);
    },
    close: () => kube.close(),
  };
}

/** One Mount of the case, and the services as it left them. */
export async function mountCase(one: AwsCase) {
  const started = await startCase(one);
  try {
    return { answer: await started.mount(), world: started.world };
  } finally {
    await started.close();
  }
}

const attributesOfPod = {
  "csi.storage.k8s.io/pod.namespace": "shop",
  "csi.storage.k8s.io/serviceAccount.name": "web",
};

/** One token for both audiences. */
function tokensOf(token: string): string {
  return JSON.stringify({ "sts.amazonaws.com": { token }, "pods.eks.amazonaws.com": { token } });
}

/** Lets time pass until the Mount ends. */
async function settled<T>(work: Promise<T>, clock: { advance(milliseconds: number): Promise<void> }) {
  const state = { over: false };
  const ended = work.then(
    (value) => value,
    (thrown: unknown) => MountError.from(thrown),
  );
  void ended.then(() => (state.over = true));
  const isOver = () => state.over;
  while (!isOver()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
    if (!isOver()) await clock.advance(100);
  }
  return ended;
}

/** What a refused Mount says. Throws where it was not refused. */
export async function refusalOf(one: AwsCase): Promise<MountError> {
  const { answer } = await mountCase(one);
  if (answer instanceof MountError) return answer;
  throw new Error(`it is accepted: ${answer.files.map(({ path }) => path).join(", ")}`);
}

/** Texts of the files by path, and the calls that were made. Throws where it was refused. */
export async function filesOf(one: AwsCase) {
  const { answer, world } = await mountCase(one);
  if (answer instanceof MountError) throw new Error(answer.text, { cause: answer.context.cause });
  const files = Object.fromEntries(answer.files.map(({ path, content }) => [path, content.revealText()]));
  return { files, versions: answer.versions, actions: actionsOf(world) };
}

/** The calls that were made, such as `sts:AssumeRoleWithWebIdentity`. */
export function actionsOf(world: AwsWorld): readonly string[] {
  return world.calls.map(({ service, action }) => `${service}:${action}`);
}

/** A service's refusal. */
export function refuses(service: string, code: string, message: string, more: Partial<AwsRule> = {}): AwsRule {
  return { service, answers: [{ status: 400, body: { __type: code, Message: message, message } }], ...more };
}

/** A refusal of STS, in XML. */
export function stsRefuses(code: string, message: string, status = 400): AwsRule {
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>rid</RequestId></ErrorResponse>`;
  return { service: "sts", answers: [{ status, headers: { "content-type": "text/xml" }, body }] };
}
