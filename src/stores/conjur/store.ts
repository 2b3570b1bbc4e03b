import { createHmac } from "node:crypto";
import { readCa } from "../../http/read-ca.ts";
import type { Send } from "../../http/send.ts";
import type { Clock } from "../../model/clock.ts";
import type { LoginObserver } from "../../model/login.ts";
import { readOf, type ObjectRead } from "../../model/read.ts";
import type { Secret } from "../../model/secret.ts";
import type { Session } from "../../model/session.ts";
import {
  connectionOf,
  standardRetries,
  type StoreConnection,
  type StoreDescription,
  type StoreKind,
} from "../../model/store.ts";
import { createCallConjur, type CallConjur, type ConjurServer, type Step } from "./call.ts";
import { tokenRefused } from "./errors.ts";
import { parseParams, parseRef } from "./language.ts";
import { listVariables } from "./list.ts";
import { createLogin, missingTokenError, type Login } from "./login.ts";
import type { ConjurParams, ConjurRef } from "./params.ts";
import { readVariables, type Ask } from "./read.ts";
import type { ConjurSettings } from "./settings.ts";

/** What a connection is made with. */
export interface ConjurDeps {
  readonly send: Send;
  readonly clock: Clock;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly readFolder: (path: string) => Promise<readonly Uint8Array[]>;
  readonly hmacKey: () => Promise<Secret | undefined>;
  readonly processKey: Secret;
  readonly onLogin: LoginObserver;
}

/** Most variables that one fetch takes: what one Mount has is read in one go, in requests that are short enough. */
const batchSize = 500;

/** Variables of Conjur servers. */
export function createConjurStore(settings: ConjurSettings): StoreKind<ConjurParams, ConjurRef, ConjurDeps> {
  return {
    kind: "conjur",
    language: {
      params: (fields) => parseParams(fields, settings),
      object: (fields, object, params) => conjurRead(parseRef(fields, object, params)),
      criteria: ["prefix", "path", "tags"],
    },
    describe: (params) => describe(params, settings),
    connect,
  };
}

/** How a variable is read, by the store's own language or by the dialect. */
export function conjurRead(ref: ConjurRef): ObjectRead<ConjurRef> {
  return readOf(ref, `${ref.version ?? ""} ${ref.id}`);
}

function describe(params: ConjurParams, settings: ConjurSettings): StoreDescription {
  const { url, account, service, identity, audience, ca, caFile, perPod } = params;
  return {
    addresses: url === "" ? [] : [new URL(url).host],
    audience: { name: audience, required: true, byApi: "no", officialError: missingTokenError },
    identity: { url, account, service, identity, audience, ca, caFile, perPod },
    // A server has no quota of its own; what stands before it counts as it likes.
    quota: "",
    // What it sees of a pod is what the authenticator's settings take out of the token: the service account as a rule.
    proof: "service-account",
    chosenBy: url !== "" && url === settings.address ? "operator" : "manifest",
    files: caFile === undefined || caFile === settings.caFile ? [] : [caFile],
    retries: standardRetries,
    sessionPer: perPod ? "pod" : "service-account",
    endpoints: url === "" ? [] : [{ address: url, ca, caFile }],
  };
}

function connect(deps: ConjurDeps): StoreConnection<ConjurParams, ConjurRef> {
  const call = createCallConjur(deps.send, deps.clock);
  const login = createLogin(call, deps.clock, deps.onLogin);
  const asking = (session: Session<ConjurParams>, step: Step, signal: AbortSignal) =>
    openAsk({ session, step, call, login, deps }, signal);
  return connectionOf({
    batchSize,
    fetch: async (refs, session, signal) => {
      const ask = await asking(session, "reading", signal);
      const key = (await deps.hmacKey()) ?? deps.processKey;
      const version = versionBy(key, session.params);
      return readVariables(refs, { params: session.params, ask, version });
    },
    list: async (criteria, session, signal) => {
      const ask = await asking(session, "listing variables", signal);
      return listVariables(criteria, session.params, ask, conjurRead);
    },
  });
}

interface Asking {
  readonly session: Session<ConjurParams>;
  readonly step: Step;
  readonly call: CallConjur;
  readonly login: Login;
  readonly deps: ConjurDeps;
}

/** Asks in the name of a session. A token from before that is refused is replaced once, for all that is asked. */
async function openAsk({ session, step, call, login, deps }: Asking, signal: AbortSignal): Promise<Ask> {
  signal.throwIfAborted();
  const { url, ca, caFile } = session.params;
  const pem = await readCa({ ca, caFile }, { file: deps.readFile, folder: deps.readFolder });
  const server: ConjurServer = { url, tls: pem === undefined ? undefined : { ca: pem } };
  let held = await login(session, server, signal);
  return async (asked) => {
    const request = { ...asked, step };
    const used = held;
    const first = await call(server, { ...request, token: used.token }, signal);
    if (first.status !== 401) return first;
    used.drop();
    if (!used.kept) throw tokenRefused(step);
    held = await login(session, server, signal);
    const second = await call(server, { ...request, token: held.token }, signal);
    if (second.status !== 401) return second;
    held.drop();
    throw tokenRefused(step);
  };
}

/**
 * Conjur numbers versions and does not say which one it gives: an HMAC of the content stands in for the number, unless the
 * manifest names one.
 */
function versionBy(key: Secret, { url, account }: ConjurParams) {
  return ({ id, version }: ConjurRef, value: Uint8Array): string => {
    if (version !== undefined) return version;
    const named = JSON.stringify([url, account, id]);
    return createHmac("sha256", key.reveal()).update(named).update(value).digest("base64url").slice(0, 22);
  };
}
