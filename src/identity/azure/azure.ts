import { foreignAnswer, jsonOf, outageOf } from "../../http/outage.ts";
import type { Send, SendAnswer, SendRequest } from "../../http/send.ts";
import { parseRetryAfter } from "../../http/retry-after.ts";
import { MountError } from "../../model/error.ts";
import { isGranted } from "../../model/grant.ts";
import type { LoginObserver } from "../../model/login.ts";
import type { Clock } from "../../model/clock.ts";
import { Secret } from "../../model/secret.ts";
import { sessionKey, withSecrets, type Session } from "../../model/session.ts";
import { readAzureError } from "./error.ts";
import { bindingAudience, createBinding, type BindingRoute, type BindingWiring } from "./binding.ts";
import type { AzureCloud, AzureSettings } from "./settings.ts";
import { podToken } from "../pod-token.ts";
import { KeptTokens, type AccessToken, type HeldToken } from "../token-cache.ts";

/** Audience of the token that Entra takes of a pod. */
export const exchangeAudience = "api://AzureADTokenExchange";

/** Whose identity reads. */
export type AzureLogin =
  | { readonly mode: "workload"; readonly clientId: string }
  /** AKS identity binding: as workload, by the token proxy of the cluster. */
  | { readonly mode: "binding"; readonly clientId: string }
  /** `unread`: a parameter that nothing reads, and that was most likely to name the client. */
  | { readonly mode: "secret"; readonly unread?: string }
  /** The node's own, system-assigned where no client is named. */
  | { readonly mode: "managed"; readonly clientId: string | undefined };

/** Where a session signs in, and what for. */
export interface AzureTarget {
  readonly cloud: AzureCloud;
  readonly tenantId: string;
  readonly login: AzureLogin;
}

/** What the identity is wired with. */
export interface AzureIdentityWiring extends BindingWiring {
  readonly send: Send;
  readonly outside: Clock;
  readonly loggedIn?: LoginObserver | undefined;
}

/** Gives the access token that a session reads with. Rejects with a MountError. */
export type AzureIdentity = (target: AzureTarget, session: Session<unknown>, signal: AbortSignal) => Promise<HeldToken>;

/** Longest wait for an answer in milliseconds, and its largest body in bytes. */
const limits = { limit: 15_000, mostBytes: 256 * 1024 } as const;

/** The metadata service is on the node: where it is, it answers at once. */
const metadataLimit = 5_000;

const metadataHost = "http://169.254.169.254";

/** Access tokens for Key Vault, kept for each identity until shortly before they end. */
export function createAzureIdentity(wiring: AzureIdentityWiring): AzureIdentity {
  const kept = new KeptTokens(wiring.outside, (outcome) => {
    wiring.loggedIn?.("azure", outcome);
  });
  const binding = createBinding(wiring);
  return (target, session, signal) => {
    const { cloud, tenantId, login } = target;
    const { pod, secrets, tokens } = session;
    if (login.mode === "managed") {
      checkManaged(wiring.settings, pod.namespace);
      const name = `managed ${login.clientId ?? ""} ${cloud.vaultSuffix}`;
      return kept.get(name, signal, (inner) => managedToken(wiring, target, login.clientId, inner));
    }
    const parts = [login.mode, login.mode === "secret" ? "" : login.clientId, tenantId, cloud.authority];
    // Of the session: a pod whose author brought a token along has one of its own, and shares credentials with nobody.
    const key = sessionKey("azure-token", [...parts, cloud.vaultSuffix, session.key], pod);
    if (login.mode !== "secret") {
      const audience = audienceOf(login);
      const { token } = podToken(tokens, audience, "");
      return kept.get(key, signal, async (inner) => {
        const route = login.mode === "binding" ? await binding(inner) : undefined;
        return exchange(wiring, target, assertion(login.clientId, token), inner, route);
      });
    }
    if (login.unread !== undefined && !hasSecret(secrets, "clientid")) throw unreadClient(login.unread);
    const [client, secret] = [publishSecret(secrets, "clientid"), publishSecret(secrets, "clientsecret")];
    const form = { client_id: client.revealText(), client_secret: secret.revealText() };
    return kept.get(withSecrets(key, secrets), signal, (inner) => exchange(wiring, target, form, inner));
  };
}

function checkManaged(settings: AzureSettings, namespace: string): void {
  if (isGranted(settings.managedIdentity, namespace)) return;
  throw new MountError(
    "not_permitted",
    `namespace ${namespace} may not use the node's managed identities; use workload identity, or ask the operator to ` +
      "list the namespace in the setting azure-managed-identity",
  );
}

/** Audience of the pod's token that a login takes. */
export function audienceOf({ mode }: { readonly mode: "workload" | "binding" }): string {
  return mode === "binding" ? bindingAudience : exchangeAudience;
}

function unreadClient(name: string): MountError {
  const problem = `parameter ${name} is not read, so that no client is named; did you mean clientID?`;
  return new MountError("parameter_unknown", problem);
}

function hasSecret(secrets: Session<unknown>["secrets"], name: string): boolean {
  return [...secrets.keys()].some((key) => key.toLowerCase() === name);
}

/** Keys are compared without regard to case, values are taken as they are. */
function publishSecret(secrets: Session<unknown>["secrets"], name: string): Secret {
  for (const [key, value] of secrets) if (key.toLowerCase() === name) return value;
  throw new MountError(
    "identity_missing",
    `could not find ${name} in the Secret of nodePublishSecretRef; add it there`,
  );
}

function assertion(clientId: string, token: Secret): Readonly<Record<string, string>> {
  return {
    client_id: clientId,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: token.revealText(),
  };
}

/** `https://vault.azure.net/.default` */
function scopeOf({ vaultSuffix }: AzureCloud): string {
  return `https://${vaultSuffix.replace(/:\d+$/u, "")}/.default`;
}

async function exchange(
  wiring: AzureIdentityWiring,
  { cloud, tenantId }: AzureTarget,
  form: Readonly<Record<string, string>>,
  signal: AbortSignal,
  route?: BindingRoute,
): Promise<AccessToken> {
  const { authority } = wiring.settings.endpoints;
  const base = authority === "" ? cloud.authority : `${authority}/`;
  const path = tenantId.toLowerCase() === "adfs" ? "adfs/oauth2/token" : `${tenantId}/oauth2/v2.0/token`;
  const url = new URL(base + path);
  const body = new URLSearchParams({ grant_type: "client_credentials", scope: scopeOf(cloud), ...form }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
  const request = { method: "POST", url, headers, body, ...limits };
  const answer = await wiring.send(route === undefined ? request : routed(request, route), signal);
  if (answer.status === 200) return readToken(answer, url.host, wiring.outside);
  const pause = parseRetryAfter(answer.headers["retry-after"], wiring.outside.now());
  const texts = {
    throttled: `${url.host} throttles the sign-in`,
    failed: `${url.host} failed the sign-in with status ${answer.status}`,
  };
  const outage = outageOf({ status: answer.status, retryAfter: pause }, texts);
  if (outage !== undefined) throw outage;
  if (!isOAuthError(answer)) throw foreignAnswer(answer, url.host, "Entra ID");
  throw refused(answer, tenantId, cloud);
}

/** Whether an answer has the form of RFC 6749, section 5.2. */
function isOAuthError({ body }: SendAnswer): boolean {
  const json = jsonOf(body);
  return typeof json === "object" && json !== null && "error" in json;
}

/** The proxy passes on what is for the authority, which the host header names. */
function routed(request: SendRequest, { base, tls }: BindingRoute): SendRequest {
  const { url, headers } = request;
  return { ...request, url: new URL(url.pathname, base), headers: { ...headers, host: url.host }, tls };
}

/** What Entra says of a sign-in by number, and what to do about it. Its own texts repeat what was sent. */
const signIns: Readonly<Record<string, string>> = {
  "70021": "no federated credential fits the pod's token: check issuer, subject and audience of the credential",
  "700213": "no federated credential fits the pod's token: check issuer, subject and audience of the credential",
  "700211": "no federated credential has the issuer of the pod's token",
  "700212": "no federated credential has the audience of the pod's token",
  "700016": "the client is not in that tenant: check clientID and tenantID",
  "90002": "there is no such tenant: check tenantID",
  "7000215": "the client secret is wrong: check clientsecret",
  "7000222": "the client secret has expired: make a new one",
  "700024": "the pod's token has expired",
};

function refused({ status, body }: SendAnswer, tenantId: string, { name }: AzureCloud): MountError {
  const { description } = readAzureError(body);
  const number = /^AADSTS(\d{4,8})\b/u.exec(description)?.[1];
  const said = number === undefined ? `status ${status}` : `AADSTS${number}`;
  const fix = (number === undefined ? undefined : signIns[number]) ?? "check tenantID, clientID and the credential";
  return new MountError(
    "identity_rejected",
    `${said}: the sign-in to tenant ${tenantId} of ${name} was refused; ${fix}`,
  );
}

/** Source: "How to use managed identities for Azure resources on an Azure VM to acquire an access token". */
async function managedToken(
  { send, settings, outside }: AzureIdentityWiring,
  { cloud }: AzureTarget,
  clientId: string | undefined,
  signal: AbortSignal,
): Promise<AccessToken> {
  const base = settings.endpoints.metadata === "" ? metadataHost : settings.endpoints.metadata;
  const url = new URL(`${base}/metadata/identity/oauth2/token`);
  url.searchParams.set("api-version", "2018-02-01");
  url.searchParams.set("resource", scopeOf(cloud).replace("/.default", ""));
  if (clientId !== undefined) url.searchParams.set("client_id", clientId);
  const who = "the instance metadata service";
  const limited = { ...limits, limit: metadataLimit };
  const answer = await send({ method: "GET", url, headers: { metadata: "true" }, ...limited }, signal).catch(
    (thrown: unknown) => {
      signal.throwIfAborted();
      const { reason, message, context } = MountError.from(thrown);
      throw new MountError(reason, `${who}: ${message}`, context);
    },
  );
  if (answer.status === 200) return readToken(answer, who, outside);
  if (answer.status === 400) {
    const message = `${who} knows no such identity; assign it to the node, or correct userAssignedIdentityID`;
    throw new MountError("identity_rejected", message);
  }
  const reason = answer.status === 429 ? "store_throttled" : "store_unavailable";
  throw new MountError(reason, `${who} failed with status ${answer.status}`);
}

/** Seconds come as a number or as text. */
function readToken({ body }: SendAnswer, who: string, outside: Clock): AccessToken {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    json = undefined;
  }
  const fields = (typeof json === "object" && json !== null ? json : {}) as Readonly<Record<string, unknown>>;
  const { access_token: text, expires_in: seconds } = fields;
  const life = Number(typeof seconds === "string" || typeof seconds === "number" ? seconds : Number.NaN);
  if (typeof text !== "string" || text === "" || !(life > 0)) {
    throw new MountError("store_protocol", `${who} answered a sign-in without a token`);
  }
  const now = outside.now();
  return { token: Secret.fromText(text), obtainedAt: now, expiresAt: now + life * 1000 };
}
