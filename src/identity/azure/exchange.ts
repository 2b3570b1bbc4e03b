import { foreignAnswer, jsonOf, outageOf } from "../../http/outage.ts";
import { parseRetryAfter } from "../../http/retry-after.ts";
import type { Send, SendAnswer, SendRequest } from "../../http/send.ts";
import type { Clock } from "../../model/clock.ts";
import { MountError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";
import type { AccessToken } from "../token-cache.ts";
import type { BindingRoute } from "./binding.ts";
import { readAzureError } from "./error.ts";

/** What an exchange is made with. */
export interface EntraNetwork {
  readonly send: Send;
  readonly outside: Clock;
}

/** One sign-in. */
export interface EntraLogin {
  /** Address of the authority, with a slash at its end. */
  readonly authority: string;
  /** Id or domain; `adfs` for the flow of AD FS. */
  readonly tenantId: string;
  /** What the token is for, such as `https://vault.azure.net/.default`. */
  readonly scope: string;
  /** The client and its credential, as fields of the form. */
  readonly credential: Readonly<Record<string, string>>;
  /** JSON that the vault wants to be handed over; see `insufficient_claims`. */
  readonly claims?: string | undefined;
  /** The cluster's token proxy, where the sign-in goes by it. */
  readonly route?: BindingRoute | undefined;
  /** Where the tenant is, for messages: ` of AzurePublicCloud`, or empty. */
  readonly where: string;
  /** Names of what may be wrong, for messages, such as `tenantID, clientID and the credential`. */
  readonly fields: string;
}

/** Longest wait for an answer in ms, and its largest body in bytes. */
const limits = { limit: 15_000, mostBytes: 256 * 1024 } as const;

/** Fields of a form that sign in with a client secret. */
export function secretCredential(clientId: string, secret: Secret): Readonly<Record<string, string>> {
  return { client_id: clientId, client_secret: secret.revealText() };
}

/** Fields of a form that sign in with a token of the pod. */
export function assertionCredential(clientId: string, token: Secret): Readonly<Record<string, string>> {
  return {
    client_id: clientId,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: token.revealText(),
  };
}

/**
 * The one exchange of a credential for a token with Entra ID or AD FS. Rejects with MountError: `identity_rejected` with
 * the number that Entra gives, outages, `store_protocol` for an answer without a token.
 */
export async function exchange(
  { send, outside }: EntraNetwork,
  login: EntraLogin,
  signal: AbortSignal,
): Promise<AccessToken> {
  const { authority, tenantId, scope, credential, claims, route } = login;
  const adfs = tenantId.toLowerCase() === "adfs";
  const url = new URL(authority + (adfs ? "adfs/oauth2/token" : `${encodeURIComponent(tenantId)}/oauth2/v2.0/token`));
  const form = { grant_type: "client_credentials", scope, ...credential, ...(claims === undefined ? {} : { claims }) };
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
  const request = { method: "POST", url, headers, body: new URLSearchParams(form).toString(), ...limits };
  const answer = await send(route === undefined ? request : routed(request, route), signal);
  if (answer.status === 200) return readToken(answer, url.host, outside);
  const pause = parseRetryAfter(answer.headers["retry-after"], outside.now());
  const texts = {
    throttled: `${url.host} throttles the sign-in`,
    failed: `${url.host} failed the sign-in with status ${answer.status}`,
  };
  const outage = outageOf({ status: answer.status, retryAfter: pause }, texts);
  if (outage !== undefined) throw outage;
  if (!isOAuthError(answer)) throw foreignAnswer(answer, url.host, "Entra ID");
  throw refused(answer, login);
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
  "50034": "the client is not in that tenant: check clientID and tenantID",
  "500011": "Key Vault is not in that tenant: check tenantID and cloudName",
  "70011": "the scope is not valid: check cloudName",
  "53003": "a Conditional Access policy blocks the sign-in: allow the workload there",
  "90002": "there is no such tenant: check tenantID",
  "7000215": "the client secret is wrong: check clientsecret",
  "7000222": "the client secret has expired: make a new one",
  "700024": "the pod's token has expired",
};

function refused({ status, body }: SendAnswer, { tenantId, where, fields }: EntraLogin): MountError {
  const { description } = readAzureError(body);
  const number = /^AADSTS(\d{4,8})\b/u.exec(description)?.[1];
  const said = number === undefined ? `status ${status}` : `AADSTS${number}`;
  const fix = (number === undefined ? undefined : signIns[number]) ?? `check ${fields}`;
  return new MountError("identity_rejected", `${said}: the sign-in to tenant ${tenantId}${where} was refused; ${fix}`);
}

/** The token of an answer of `who`; seconds come as a number or as text. Throws `store_protocol`. */
export function readToken({ body }: SendAnswer, who: string, outside: Clock): AccessToken {
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
