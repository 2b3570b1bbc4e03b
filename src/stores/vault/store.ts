import type { Send } from "../../http/send.ts";
import type { KubeApi } from "../../kube/api.ts";
import { isPodGone } from "../../kube/pod-gone.ts";
import type { Clock } from "../../model/clock.ts";
import type { LoginObserver } from "../../model/login.ts";
import { readOf, type ObjectRead } from "../../model/read.ts";
import type { Secret } from "../../model/secret.ts";
import { connectionOf, type StoreConnection, type StoreDescription, type StoreKind } from "../../model/store.ts";
import { hostOf } from "./connection.ts";
import { vaultEndpoints } from "./endpoints.ts";
import { LeaseCare, type IsGone } from "./lease-care.ts";
import { listFolder } from "./list.ts";
import { partsOf } from "./native.ts";
import { identifying, isRead, parseParams, parseRef, type VaultParams, type VaultRef } from "./language.ts";
import { VaultReader } from "./client.ts";
import { requestKey, type VaultRequest } from "./request.ts";
import { VaultSessions } from "./session.ts";

/** What a connection is made with. */
export interface VaultDeps {
  readonly send: Send;
  readonly clock: Clock;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly readFolder: (path: string) => Promise<readonly Uint8Array[]>;
  readonly kube: KubeApi | undefined;
  readonly hmacKey: (ownSecret?: string) => Promise<Secret | undefined>;
  readonly processKey: Secret;
  readonly onLogin: LoginObserver;
}

/** Objects of Vault and OpenBao servers. The value is the answer's data as JSON; the tree is the same. */
export function createVaultStore(): StoreKind<VaultParams, VaultRef, VaultDeps> {
  return {
    kind: "vault",
    language: {
      params: parseParams,
      object: (fields, object) => vaultRead(parseRef(fields, object)),
      criteria: ["path"],
    },
    describe,
    connect,
  };
}

/** How a request is made, by the store's own language or by the dialect. */
export function vaultRead(ref: VaultRef): ObjectRead<VaultRef> {
  const { request } = ref;
  // What a write gives is made for the pod that asked; of a read, only the answer tells.
  const repeatable = isRead(request);
  const share = repeatable && !isOfToken(request) ? "cached" : "pod";
  const mount = request.path.split("/").slice(0, 3).join("/");
  return readOf(ref, requestKey(request), { share, repeatable, quota: mount, parts: (found) => partsOf(found, ref) });
}

/** Whether an answer is about the token that asks, such as that of auth/token/lookup-self. */
function isOfToken({ path }: VaultRequest): boolean {
  return /\/(?:auth\/token|cubbyhole)(?:\/|$)/iu.test(path);
}

function describe(params: VaultParams): StoreDescription {
  const { addresses, audience, standardAudience, namespace, tls } = params;
  return {
    addresses: addresses.map((address) => hostOf(address) ?? address),
    audience: { name: audience ?? standardAudience, required: true, byApi: "yes" },
    identity: identifying(params),
    quota: [...addresses, namespace].join(" "),
    proof: "pod",
    chosenBy: params.chosenBy,
    files: params.files,
    // As Vault's own client: two retries.
    retries: { tries: 3, pauses: "linear" },
    sessionPer: "service-account",
    endpoints: vaultEndpoints(addresses, tls),
  };
}

function connect(deps: VaultDeps): StoreConnection<VaultParams, VaultRef> {
  const { clock: outside, kube, hmacKey, processKey, send } = deps;
  const readTls = { file: deps.readFile, folder: deps.readFolder };
  const sessions = new VaultSessions({ send, outside, kube, readTls, loggedIn: deps.onLogin });
  const isGone: IsGone | undefined = kube === undefined ? undefined : (pod, signal) => isPodGone(kube, pod, signal);
  const leases = new LeaseCare(sessions, outside, isGone);
  const versionKey = async (ownSecret: string) => (await hmacKey(ownSecret)) ?? processKey;
  const reader = new VaultReader({ sessions, leases, outside, versionKey });
  return connectionOf({
    identify: (session, signal) => sessions.identify(session, signal),
    fetch: (refs, session, signal) => Promise.all(refs.map((ref) => reader.read(ref, session, signal))),
    list: (criteria, session, signal) =>
      listFolder(criteria, vaultRead, (ref) => reader.read(ref, session, signal), signal),
    tend: () => void leases.sweep(),
  });
}
