import type { Send } from "../../http/send.ts";
import { createAwsIdentity } from "../../identity/aws/aws.ts";
import { awsEndpoint } from "../../identity/aws/endpoints.ts";
import type { AwsKube } from "../../identity/aws/kube.ts";
import { audienceOf } from "../../identity/aws/login.ts";
import { createFindRegion } from "../../identity/aws/node-region.ts";
import type { AwsNetwork } from "../../identity/aws/sdk.ts";
import type { AwsSettings } from "../../identity/aws/settings.ts";
import type { KubeApi } from "../../kube/api.ts";
import { readNodeLabels, readPodNode } from "../../kube/node-region.ts";
import { readServiceAccount } from "../../kube/service-account.ts";
import { requestToken } from "../../kube/token-request.ts";
import type { Clock } from "../../model/clock.ts";
import type { LoginObserver } from "../../model/login.ts";
import { readOf, type ObjectRead } from "../../model/read.ts";
import {
  connectionOf,
  type StoreConnection,
  type StoreDescription,
  type StoreKind,
  standardRetries,
} from "../../model/store.ts";
import { accountOf } from "./arn.ts";
import { createBatchMemory } from "./batch-memory.ts";
import { listRefs, readRefs, type ClientDeps } from "./client.ts";
import { parseParams, parseRef } from "./language.ts";
import { refKey, type AwsRef } from "./objects.ts";
import type { AwsParams } from "./params.ts";

/** What a connection is made with. */
export interface AwsDeps {
  readonly send: Send;
  readonly clock: Clock;
  readonly kube: KubeApi | undefined;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly onLogin: LoginObserver;
}

/** Maximum number of objects that one fetch takes: what one Mount may have is read in one go, in batches of the services. */
const batchSize = 100;

/** Secrets of AWS Secrets Manager and parameters of Systems Manager Parameter Store. */
export function createAwsStore(settings: AwsSettings): StoreKind<AwsParams, AwsRef, AwsDeps> {
  return {
    kind: "aws",
    language: {
      params: (fields) => parseParams(fields, settings.region),
      object: (fields, object, params) => awsRead(parseRef(fields, object, params)),
      criteria: ["prefix", "path", "tags"],
    },
    describe: (params) => describe(params, settings),
    connect: (deps) => connect(deps, settings),
  };
}

/** How an object is read, by the store's own language or by the dialect. Each service has a quota of its own. */
export function awsRead(ref: AwsRef): ObjectRead<AwsRef> {
  return readOf(ref, refKey(ref), { quota: ref.kind });
}

/** Everything is known but the region of a node, which no manifest chooses. */
function describe(params: AwsParams, settings: AwsSettings): StoreDescription {
  const { region, failoverRegion, login, perPod } = params;
  const regions = [region?.name, failoverRegion].filter((name) => name !== undefined);
  const services = login.auth === "podIdentity" && login.roles.length === 0 ? [] : (["sts"] as const);
  const addresses = regions.flatMap((name) =>
    (["secretsmanager", "ssm", ...services] as const).map((service) => awsEndpoint(service, name, settings.endpoints)),
  );
  const audience = audienceOf(login);
  // Quotas are an account's; without a role in the manifest nobody knows the account before the login.
  const account = accountOf(login.roles.at(-1) ?? "");
  return {
    addresses: addresses.map((address) => new URL(address).host),
    audience: audience === undefined ? undefined : { name: audience, required: false, byApi: "yes" },
    identity: { region: region?.name, failoverRegion, login: { ...login }, perPod },
    quota: account === undefined ? "" : `aws ${account} ${regions.join(" ")}`,
    proof: login.auth === "node" ? "none" : "service-account",
    chosenBy: "manifest",
    files: [],
    retries: standardRetries,
    sessionPer: perPod ? "pod" : "service-account",
    endpoints: [...new Set(addresses)].map((address) => ({ address })),
  };
}

function connect(deps: AwsDeps, settings: AwsSettings): StoreConnection<AwsParams, AwsRef> {
  const { clock } = deps;
  const network: AwsNetwork = { send: deps.send, clock, userAgent: "keyferry" };
  const kube = deps.kube === undefined ? undefined : awsKube(deps.kube);
  const readFile = async (path: string) => Buffer.from(await deps.readFile(path)).toString("utf8");
  const identity = createAwsIdentity({ network, settings, kube, readFile, loggedIn: deps.onLogin });
  const client: ClientDeps = {
    network,
    settings,
    identity,
    skew: { value: 0 },
    batches: createBatchMemory(settings.batchSecrets, clock),
    findRegion: createFindRegion(kube, clock),
  };
  return connectionOf({
    batchSize,
    fetch: (refs, session, signal) => readRefs(refs, session, client, signal),
    list: (criteria, session, signal) => listRefs(criteria, session, { client, readOf: awsRead }, signal),
  });
}

function awsKube(kube: KubeApi): AwsKube {
  return {
    serviceAccount: (namespace, name, signal) => readServiceAccount(kube, namespace, name, signal),
    podToken: async (pod, audience, signal) => ({
      token: await requestToken(kube, pod, [audience], signal),
      expiresAt: undefined,
    }),
    podNode: (namespace, name, signal) => readPodNode(kube, namespace, name, signal),
    nodeLabels: (name, signal) => readNodeLabels(kube, name, signal),
  };
}
