import { MountError } from "../../model/error.ts";
import type { Clock } from "../../model/clock.ts";
import { Secret } from "../../model/secret.ts";
import type { Call, CallAnswer } from "./call.ts";
import { codeOfStatus, fieldOf, oauthProblem, outage, readGoogleError } from "./error.ts";
import type { GcpEndpoints } from "./settings.ts";
import type { AccessToken } from "../token-cache.ts";

/** What the exchanges need. */
export interface ExchangeWiring {
  readonly call: Call;
  readonly outside: Clock;
  readonly endpoints: GcpEndpoints;
}

/** A service account of Google to act as, by way of others if need be. */
export interface Impersonation {
  readonly email: string;
  readonly delegates: readonly string[];
}

const scope = "https://www.googleapis.com/auth/cloud-platform";

/** Two servers for one protocol: pools of GKE and of fleets, and pools that a project made itself. */
const exchanges = {
  cluster: "https://securetoken.googleapis.com/v1/identitybindingtoken",
  pool: "https://sts.googleapis.com/v1/token",
} as const;
const iamCredentials = "https://iamcredentials.googleapis.com";
const oauth = "https://oauth2.googleapis.com/token";

/** Longest life that a server's word is taken for, in seconds. */
const longestLife = 12 * 3600;

/** Exchanges a token of the pod's service account for a federated one (RFC 8693). Throws MountError. */
export async function exchangeToken(
  wiring: ExchangeWiring,
  audience: string,
  subject: Secret,
  signal: AbortSignal,
): Promise<AccessToken> {
  const own = audience.startsWith("identitynamespace:") ? exchanges.cluster : exchanges.pool;
  const who = "the token exchange";
  const json = {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    subject_token: subject.revealText(),
    audience,
    scope,
  };
  const answer = await wiring.call({ url: wiring.endpoints.tokenExchange || own, who, json }, signal);
  if (answer.status === 200) return readToken(answer, who, wiring.outside);
  if (!isRefusal(answer)) throw outage(answer, who);
  const said = oauthProblem(answer.json, subject);
  throw new MountError(
    "identity_refused",
    `unable to fetch identitybindingtoken: the exchange for audience ${JSON.stringify(audience)} was refused with ` +
      `HTTP status ${answer.status}${said === "" ? "" : ` (${said})`}; check the workload identity pool and its provider`,
  );
}

/** A token of a service account, obtained with another token. Throws MountError. */
export async function impersonate(
  wiring: ExchangeWiring,
  bearer: Secret,
  { email, delegates }: Impersonation,
  signal: AbortSignal,
): Promise<AccessToken> {
  const name = (account: string) => `projects/-/serviceAccounts/${account}`;
  const base = wiring.endpoints.iamCredentials || iamCredentials;
  const who = "IAM Service Account Credentials";
  const url = `${base}/v1/projects/-/serviceAccounts/${encodeURIComponent(checkedEmail(email))}:generateAccessToken`;
  const json = { delegates: delegates.map((one) => name(checkedEmail(one))), scope: [scope] };
  const answer = await wiring.call({ url, who, bearer, json }, signal);
  if (answer.status === 200) {
    const token = fieldOf(answer.json, "accessToken");
    const expireTime = fieldOf(answer.json, "expireTime");
    const expiresAt = typeof expireTime === "string" ? Date.parse(expireTime) : NaN;
    if (typeof token !== "string" || !isHeaderText(token) || Number.isNaN(expiresAt)) throw notToken(who);
    return { token: Secret.fromText(token), obtainedAt: wiring.outside.now(), expiresAt };
  }
  if (!isRefusal(answer)) throw outage(answer, who);
  const error = readGoogleError(answer.status, answer.json);
  const code = error?.code ?? codeOfStatus(answer.status);
  const reason = error?.reason === undefined ? "" : ` (${error.reason})`;
  throw new MountError(
    "identity_refused",
    `unable to fetch gcp service account token: ${code}${reason} acting as ${email}; grant the Kubernetes ` +
      "service account roles/iam.workloadIdentityUser on it, or correct the annotation",
  );
}

/** A token for an OAuth grant, such as a signed assertion. `secret` is what no message may repeat. Throws MountError. */
export async function grantToken(
  wiring: ExchangeWiring,
  form: Readonly<Record<string, string>>,
  secret: Secret,
  signal: AbortSignal,
): Promise<AccessToken> {
  const who = "Google's OAuth server";
  const answer = await wiring.call({ url: wiring.endpoints.oauth || oauth, who, form }, signal);
  if (answer.status === 200) return readToken(answer, who, wiring.outside);
  if (!isRefusal(answer)) throw outage(answer, who);
  const said = oauthProblem(answer.json, secret);
  throw new MountError(
    "identity_refused",
    `the credential was refused with HTTP status ${answer.status}${said === "" ? "" : ` (${said})`}; make a new key`,
  );
}

/** The OAuth form of an access token (RFC 6749, section 5.1). Throws MountError `store_protocol`. */
export function readToken(answer: CallAnswer, who: string, outside: Clock): AccessToken {
  const token = fieldOf(answer.json, "access_token");
  const life = fieldOf(answer.json, "expires_in");
  if (typeof token !== "string" || !isHeaderText(token)) throw notToken(who);
  if (typeof life !== "number" || !(life > 0)) throw notToken(who);
  const now = outside.now();
  return { token: Secret.fromText(token), obtainedAt: now, expiresAt: now + Math.min(life, longestLife) * 1000 };
}

/** 408 and 429 are no judgement on the credential. */
function isRefusal({ status }: CallAnswer): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function isHeaderText(text: string): boolean {
  return /^[\x21-\x7e]{1,16384}$/u.test(text);
}

/** The name becomes part of an address. */
function checkedEmail(email: string): string {
  if (/^[a-zA-Z0-9.@_:-]{1,320}$/u.test(email) && !/^\.{1,2}$/u.test(email)) return email;
  throw new MountError("identity_refused", "the service account to act as is not an e-mail address of one");
}

function notToken(who: string): MountError {
  return new MountError("store_protocol", `${who} answered with something that is no access token`);
}
