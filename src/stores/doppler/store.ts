import type { Send } from "../../http/send.ts";
import type { KubeApi } from "../../kube/api.ts";
import type { Clock } from "../../model/clock.ts";
import { MountError } from "../../model/error.ts";
import type { LoginObserver } from "../../model/login.ts";
import type { Outcome } from "../../model/outcome.ts";
import { readOf, type ListCriteria, type Listing, type ObjectRead } from "../../model/read.ts";
import type { Secret } from "../../model/secret.ts";
import type { Session } from "../../model/session.ts";
import { connectionOf, type StoreConnection, type StoreDescription, type StoreKind } from "../../model/store.ts";
import { createCallDoppler } from "./call.ts";
import { ConfigMemory } from "./config-memory.ts";
import { createCredentials } from "./credential.ts";
import { download, type DownloadWiring } from "./download.ts";
import { outcomeOf } from "./found.ts";
import { parseParams, parseRef, refOf } from "./language.ts";
import { isSecretName, type DopplerParams, type DopplerRef } from "./params.ts";
import type { DopplerSettings } from "./settings.ts";

/** What a connection is made with. */
export interface DopplerDeps {
  readonly send: Send;
  readonly clock: Clock;
  readonly kube: KubeApi | undefined;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly hmacKey: () => Promise<Secret | undefined>;
  readonly processKey: Secret;
  readonly onLogin: LoginObserver;
}

/** Most reads of one fetch: all that a Mount has of one config are one request. */
const batchSize = 500;

/** Configs of Doppler projects. */
export function createDopplerStore(settings: DopplerSettings): StoreKind<DopplerParams, DopplerRef, DopplerDeps> {
  return {
    kind: "doppler",
    language: {
      params: (fields) => parseParams(fields, settings),
      object: (fields, object, params) => dopplerRead(parseRef(fields, object), params),
      criteria: ["prefix"],
    },
    describe,
    connect: (deps) => connect(deps, settings),
  };
}

/** How a secret or a whole config is read, by the store's own language or by the dialect. */
export function dopplerRead(ref: DopplerRef, { dynamicTtl }: DopplerParams): ObjectRead<DopplerRef> {
  const { query, secret } = ref;
  const { config, names, format, transformer } = query;
  const key = JSON.stringify([secret ?? "", config, names ?? "", format, transformer ?? ""]);
  // Each download with dynamic secrets makes leases, which are the pod's own.
  return dynamicTtl === undefined ? readOf(ref, key) : readOf(ref, key, { share: "pod", repeatable: false });
}

function describe(params: DopplerParams): StoreDescription {
  const { host, project, config, auth, identity, audience, verifyTls, dynamicTtl, perPod } = params;
  return {
    addresses: host === "" ? [] : [new URL(host).host],
    audience: auth === "pod" ? { name: audience, required: true, byApi: byApi(params) } : undefined,
    identity: { host, project, config, auth, identity, audience, verifyTls, dynamicTtl, perPod },
    // Limits count per IP address, too, which is the node's or its gateway's.
    quota: host,
    // What Doppler sees of a pod's token is its issuer, audience and subject.
    proof: "service-account",
    chosenBy: "manifest",
    files: [],
    // As Doppler's own clients have it: three retries from half a second on.
    retries: { tries: 4, pauses: "exponential" },
    sessionPer: perPod ? "pod" : "service-account",
    endpoints: host === "" ? [] : [{ address: host, insecure: !verifyTls }],
  };
}

/** A token is made only for Doppler's own address, and not for an audience that a manifest made up. */
function byApi({ audience, host }: DopplerParams): "no" | "if-none" {
  return audience === host ? "if-none" : "no";
}

function connect(deps: DopplerDeps, settings: DopplerSettings): StoreConnection<DopplerParams, DopplerRef> {
  const { clock, kube, readFile, onLogin } = deps;
  const call = createCallDoppler(deps.send, clock);
  const memory = new ConfigMemory(clock);
  const credentials = createCredentials({ call, clock, kube, readFile, onLogin, settings });
  const wiring: DownloadWiring = { call, credentials, memory, settings };
  const fetch = (refs: readonly DopplerRef[], session: Session<DopplerParams>, signal: AbortSignal) =>
    fetchRefs(refs, session, { ...wiring, versionKey: async () => (await deps.hmacKey()) ?? deps.processKey }, signal);
  return connectionOf({
    batchSize,
    fetch,
    list: (criteria, session, signal) => list(criteria, session, wiring, signal),
    tend: () => memory.tend(),
  });
}

interface FetchWiring extends DownloadWiring {
  versionKey(): Promise<Secret>;
}

/** One download for each distinct query. Rejects with the signal's reason. */
async function fetchRefs(
  refs: readonly DopplerRef[],
  session: Session<DopplerParams>,
  wiring: FetchWiring,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  signal.throwIfAborted();
  const key = await wiring.versionKey();
  return Promise.all(
    refs.map(async (ref): Promise<Outcome> => {
      try {
        return outcomeOf(ref, await download(ref.query, session, wiring, signal), session.params, key);
      } catch (thrown) {
        signal.throwIfAborted();
        const error = MountError.from(thrown);
        if (error.reason !== "object_not_found") return { kind: "failed", error };
        return { kind: "missing", problem: error.message };
      }
    }),
  );
}

/** The config is one map: a listing is the names of it. */
async function list(
  { prefix }: ListCriteria,
  session: Session<DopplerParams>,
  wiring: DownloadWiring,
  signal: AbortSignal,
): Promise<Listing<DopplerRef>> {
  const { query } = refOf("");
  const { secrets } = await download(query, session, wiring, signal);
  const names = [...(secrets?.keys() ?? [])].filter((name) => isSecretName(name) && name.startsWith(prefix));
  return names.map((name) => ({
    name,
    tags: new Map(),
    read: dopplerRead(refOf(name), session.params),
    certain: true,
  }));
}
