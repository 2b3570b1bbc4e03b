import type { Send } from "../../http/send.ts";
import { createCall } from "../../identity/gcp/call.ts";
import { parseFederation } from "../../identity/gcp/cluster.ts";
import { createGcpIdentity } from "../../identity/gcp/gcp.ts";
import type { GcpKube } from "../../identity/gcp/pod.ts";
import type { GcpSettings } from "../../identity/gcp/settings.ts";
import type { KubeApi } from "../../kube/api.ts";
import { readServiceAccount } from "../../kube/service-account.ts";
import { requestToken } from "../../kube/token-request.ts";
import type { Clock } from "../../model/clock.ts";
import { MountError } from "../../model/error.ts";
import type { LoginObserver } from "../../model/login.ts";
import type { Outcome } from "../../model/outcome.ts";
import { readOf, type ObjectRead } from "../../model/read.ts";
import type { Session } from "../../model/session.ts";
import { connectionOf, type StoreDescription, type StoreKind, standardRetries } from "../../model/store.ts";
import { hostOf, readVersion, type ClientWiring } from "./client.ts";
import { gcpAudience, gcpEndpoints } from "./endpoints.ts";
import { failed } from "./errors.ts";
import { listSecrets } from "./list.ts";
import { parseParams, parseRef, type GcpParams, type GcpRef } from "./language.ts";

/** What a connection is made with. */
export interface GcpDeps {
  readonly send: Send;
  readonly clock: Clock;
  readonly kube: KubeApi | undefined;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly onLogin: LoginObserver;
}

/** Secrets of Google Secret Manager and rendered parameters of Google Parameter Manager. */
export function createGcpStore(settings: GcpSettings): StoreKind<GcpParams, GcpRef, GcpDeps> {
  return {
    kind: "gcp",
    language: {
      params: parseParams,
      object: (fields, object, params) => gcpRead(parseRef(fields, object, params)),
      criteria: ["prefix", "tags"],
    },
    describe: (params) => describe(params, settings),
    connect: (deps) => {
      const { clock: outside } = deps;
      const call = createCall(deps.send, outside, `${settings.userAgent} keyferry`.trim(), settings.endpoints.metadata);
      const identity = createGcpIdentity({
        call,
        outside,
        settings,
        loggedIn: deps.onLogin,
        kube: deps.kube === undefined ? undefined : gcpKube(deps.kube),
        readFile: async (path) => Buffer.from(await deps.readFile(path)).toString("utf8"),
      });
      const client = { call, outside, endpoints: settings.endpoints, identity };
      return connectionOf({
        fetch: (refs, session, signal) => Promise.all(refs.map((ref) => readRef(ref, session, client, signal))),
        list: async (criteria, session, signal) => {
          const listed = await listSecrets(criteria, { session, wiring: client, signal });
          return listed.map(({ name, tags, resource }) => ({
            name,
            tags,
            read: gcpRead({ ...resource, listed: true }),
            certain: false,
          }));
        },
      });
    },
  };
}

/** How a version is read, by the store's own language or by the dialect. Each service has a quota of its own. */
export function gcpRead(ref: GcpRef): ObjectRead<GcpRef> {
  const project = ref?.name.split("/")[1] ?? "";
  const addresses = ref === undefined ? undefined : [hostOf(ref.kind, ref.location)];
  return readOf(ref, `${ref?.listed === true ? "listed " : ""}${ref?.name ?? ""}`, {
    quota: `${ref?.kind ?? ""} ${project}`,
    addresses,
  });
}

function describe(params: GcpParams, settings: GcpSettings): StoreDescription {
  const { location, auth, workloadIdentityProvider: own } = params;
  const pool = own === undefined ? gcpAudience(settings) : parseFederation(own).tokenAudience;
  const name = auth === "provider" || auth === "secret" ? undefined : pool;
  return {
    addresses: [hostOf("secret", location), hostOf("parameter", location)],
    // The pool is not known before the cluster is asked, and a token can be had without kubelet's.
    audience: name === undefined ? undefined : { name, required: false, byApi: "if-none" },
    identity: { ...params },
    quota: "google",
    proof: "service-account",
    chosenBy:
      settings.endpoints.secretManager === "" && settings.endpoints.parameterManager === "" ? "manifest" : "operator",
    files: [],
    retries: standardRetries,
    sessionPer: "service-account",
    endpoints: gcpEndpoints(params, settings),
  };
}

function gcpKube(kube: KubeApi): GcpKube {
  return {
    serviceAccount: (namespace, name, signal) => readServiceAccount(kube, namespace, name, signal),
    podToken: async (pod, audience, signal) => ({
      token: await requestToken(kube, pod, [audience], signal),
      expiresAt: undefined,
    }),
  };
}

async function readRef(
  ref: GcpRef,
  session: Session<GcpParams>,
  client: ClientWiring,
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted();
  if (ref === undefined) return failed(new MountError("parameter_invalid", "the object's name could not be parsed"));
  try {
    const outcome = await readVersion(ref, session, client, signal);
    const isDisabled = outcome.kind === "failed" && outcome.error.reason === "object_unusable";
    return ref.listed === true && isDisabled ? { kind: "missing", problem: outcome.error.message } : outcome;
  } catch (thrown) {
    signal.throwIfAborted();
    return failed(MountError.from(thrown));
  }
}
