import { MountError } from "../../model/error.ts";
import { isGranted } from "../../model/grant.ts";
import type { LoginObserver } from "../../model/login.ts";
import type { Clock } from "../../model/clock.ts";
import { sessionKey, withSecrets, type Session } from "../../model/session.ts";
import type { Call } from "./call.ts";
import { createClusterIdentity, parseFederation, type Federation } from "./cluster.ts";
import { parseCredentials } from "./credentials.ts";
import { exchangeToken, impersonate, readToken, type ExchangeWiring } from "./exchange.ts";
import { outage } from "./error.ts";
import { createPodIdentity, type GcpKube, type PodIdentity } from "./pod.ts";
import type { GcpSettings } from "./settings.ts";
import { KeptTokens, type AccessToken, type HeldToken } from "../token-cache.ts";
import { SharedWork } from "../single-flight.ts";

/**
 * Whose credential is used: the pod's own, the daemon's, or `key.json` of the volume's nodePublishSecretRef. `auto` is
 * `key.json` where it is there and the operator lets it be used, else the pod's.
 */
export type GcpAuth = "auto" | "pod" | "provider" | "secret";

/** How a session logs in. */
export interface GcpLogin {
  readonly auth: GcpAuth;
  /** Audience of the exchange, where not that of the cluster. */
  readonly workloadIdentityProvider?: string;
  /** Service account of Google to act as, where not that of the annotation. */
  readonly serviceAccount?: string;
}

/** What the identity is wired with. */
export interface GcpIdentityWiring {
  readonly call: Call;
  readonly outside: Clock;
  readonly settings: GcpSettings;
  /** Undefined without access to a cluster: no annotations are read then, and no tokens asked for. */
  readonly kube: GcpKube | undefined;
  /** Reads a file whole as UTF-8. */
  readonly readFile: (path: string) => Promise<string>;
  readonly loggedIn?: LoginObserver | undefined;
}

/** Gives the access token that a session reads with. Rejects with a MountError. */
export type GcpIdentity = (login: GcpLogin, session: Session<unknown>, signal: AbortSignal) => Promise<HeldToken>;

/** Access tokens for Google Cloud, kept for each identity until shortly before they end. */
export function createGcpIdentity(wiring: GcpIdentityWiring): GcpIdentity {
  const { settings, outside, readFile } = wiring;
  const exchange: ExchangeWiring = { call: wiring.call, outside, endpoints: settings.endpoints };
  const kept = new KeptTokens(outside, (outcome) => {
    wiring.loggedIn?.("gcp", outcome);
  });
  const cluster = createClusterIdentity({ call: wiring.call, outside, settings, readFile });
  const clusters = new SharedWork<Federation>();
  const podIdentity = createPodIdentity(wiring.kube, outside);

  return async (login, session, signal) => {
    const auth = chooseAuth(login, session, settings);
    if (auth === "provider") {
      return kept.get("provider", signal, (inner) => providerToken(wiring, exchange, inner));
    }
    if (auth === "secret") {
      const key = withSecrets(sessionKey("gcp-secret", null, session.pod), session.secrets);
      const text = session.secrets.get("key.json")?.revealText() ?? "";
      return kept.get(key, signal, (inner) => parseCredentials(text, undefined)(exchange, inner));
    }
    const { workloadIdentityProvider: own } = login;
    const federation = own === undefined ? await clusters.run("", signal, cluster) : parseFederation(own);
    const identity = await podIdentity.describe(session.pod, login.serviceAccount, signal);
    const { uid, actAs } = identity;
    // Of the session: a pod whose author brought a token along has one of its own, and shares credentials with nobody.
    const parts = [uid, federation.audience, federation.tokenAudience, actAs?.email, actAs?.delegates, session.key];
    return kept.get(sessionKey("gcp-token", parts, session.pod), signal, (inner) =>
      podToken({ exchange, podIdentity, federation, identity, session }, inner),
    );
  };
}

/** Throws MountError when the operator does not allow it, or when two credentials are asked for. */
function chooseAuth(
  { auth }: GcpLogin,
  { pod, secrets }: Session<unknown>,
  settings: GcpSettings,
): Exclude<GcpAuth, "auto"> {
  const usable = settings.nodePublishSecret && secrets.has("key.json");
  if (auth === "auto") return usable ? "secret" : "pod";
  if (auth === "secret") {
    if (usable) return auth;
    const problem = settings.nodePublishSecret
      ? "the volume's nodePublishSecretRef has no key.json"
      : "the operator does not allow key.json of nodePublishSecretRef to be used";
    throw new MountError(settings.nodePublishSecret ? "identity_missing" : "not_permitted", problem);
  }
  if (usable) {
    throw new MountError("parameter_invalid", `attempting to set both nodePublishSecretRef and ${auth}-adc auth`);
  }
  if (auth === "provider" && !isGranted(settings.providerCredentials, pod.namespace)) {
    throw new MountError(
      "not_permitted",
      `namespace ${pod.namespace} may not use the daemon's own Google credentials (auth: provider-adc); leave auth ` +
        "out, or ask the operator to list the namespace in the setting gcp-provider-credentials",
    );
  }
  return auth;
}

interface PodLogin {
  readonly exchange: ExchangeWiring;
  readonly podIdentity: ReturnType<typeof createPodIdentity>;
  readonly federation: Federation;
  readonly identity: PodIdentity;
  readonly session: Session<unknown>;
}

async function podToken({ exchange, podIdentity, federation, identity, session }: PodLogin, signal: AbortSignal) {
  const subject = await podIdentity.token(session, federation, signal);
  const federated = await exchangeToken(exchange, federation.audience, subject, signal);
  return identity.actAs === undefined ? federated : impersonate(exchange, federated.token, identity.actAs, signal);
}

/** The credentials file, else the service account of the node or of the daemon's own pod, by the metadata server. */
async function providerToken(
  { settings, call, outside, readFile }: GcpIdentityWiring,
  exchange: ExchangeWiring,
  signal: AbortSignal,
): Promise<AccessToken> {
  if (settings.credentialsFile !== "") {
    const text = await readFile(settings.credentialsFile).catch(() => {
      throw new MountError("key_unavailable", "the Google credentials file of the operator cannot be read");
    });
    return parseCredentials(text, readFile)(exchange, signal);
  }
  const who = "the metadata server";
  const host = settings.endpoints.metadata || "169.254.169.254";
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`;
  const answer = await call({ url, who, headers: { "metadata-flavor": "Google" } }, signal);
  if (answer.status !== 200) throw outage(answer, who);
  return readToken(answer, who, outside);
}
