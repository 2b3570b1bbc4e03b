import { createPrivateKey, sign, type KeyObject } from "node:crypto";
import { MountError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";
import { exchangeToken, grantToken, impersonate, type ExchangeWiring } from "./exchange.ts";
import { fieldOf } from "./error.ts";
import type { AccessToken } from "../token-cache.ts";

/** Gives a token by a credential that was read from a file. Rejects with a MountError. */
export type Login = (wiring: ExchangeWiring, signal: AbortSignal) => Promise<AccessToken>;

/** Reads the file that holds a pod's or machine's own token; undefined where such credentials are not taken. */
export type ReadSubject = ((path: string) => Promise<string>) | undefined;

const scope = "https://www.googleapis.com/auth/cloud-platform";
const oauthAudience = "https://oauth2.googleapis.com/token";

/** Where a key may say it is to be exchanged; it is always sent to Google's one server. */
const tokenHosts: ReadonlySet<string> = new Set(["oauth2.googleapis.com", "accounts.google.com", "www.googleapis.com"]);

const impersonationUrl =
  /^https:\/\/iamcredentials\.googleapis\.com\/v1\/projects\/-\/serviceAccounts\/([^/]+):generateAccessToken$/u;

/** Life of an assertion, in seconds; the longest that Google takes. */
const assertionLife = 3600;

/**
 * Reads a Google credentials file: `service_account`, `authorized_user`, `impersonated_service_account`, and with
 * `readSubject` also `external_account` whose token is in a file. Addresses in it are held to Google's own, since the
 * author of a manifest may have written it. Throws MountError `identity_refused`; no message holds what was read.
 */
export function parseCredentials(text: string, readSubject: ReadSubject): Login {
  return readLogin(parseJson(text), readSubject, true);
}

function readLogin(json: unknown, readSubject: ReadSubject, mayImpersonate: boolean): Login {
  const universe = fieldOf(json, "universe_domain");
  if (universe !== undefined && universe !== "googleapis.com") throw refuse("it is for another cloud than Google's");
  const type = fieldOf(json, "type");
  if (type === "service_account") return readServiceAccount(json);
  if (type === "authorized_user") return readUser(json);
  if (type === "impersonated_service_account" && mayImpersonate) return readImpersonated(json, readSubject);
  if (type === "external_account" && readSubject !== undefined) return readExternal(json, readSubject);
  const shown = typeof type === "string" && /^[a-z_]{1,64}$/u.test(type) ? type : "unknown";
  throw refuse(`credentials of type ${shown} are not taken here`);
}

function readServiceAccount(json: unknown): Login {
  const email = textOf(json, "client_email");
  const pem = textOf(json, "private_key");
  const keyId = fieldOf(json, "private_key_id");
  const uri = fieldOf(json, "token_uri");
  if (uri !== undefined && !(typeof uri === "string" && isGoogleToken(uri))) throw refuse("token_uri is not Google's");
  const key = readKey(pem);
  return (wiring, signal) => {
    const seconds = Math.floor(wiring.outside.now() / 1000);
    const header = { alg: "RS256", typ: "JWT", ...(typeof keyId === "string" ? { kid: keyId } : {}) };
    const claims = { iss: email, scope, aud: oauthAudience, iat: seconds, exp: seconds + assertionLife };
    const unsigned = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    const assertion = `${unsigned}.${sign("RSA-SHA256", Buffer.from(unsigned), key).toString("base64url")}`;
    const form = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion };
    return grantToken(wiring, form, Secret.fromText(assertion), signal);
  };
}

function readUser(json: unknown): Login {
  const refresh = textOf(json, "refresh_token");
  const form = {
    grant_type: "refresh_token",
    refresh_token: refresh,
    client_id: textOf(json, "client_id"),
    client_secret: textOf(json, "client_secret"),
  };
  return (wiring, signal) => grantToken(wiring, form, Secret.fromText(refresh), signal);
}

function readImpersonated(json: unknown, readSubject: ReadSubject): Login {
  const source = readLogin(fieldOf(json, "source_credentials"), readSubject, false);
  const email = impersonatedEmail(textOf(json, "service_account_impersonation_url"));
  const given = fieldOf(json, "delegates") ?? [];
  if (!isTexts(given)) throw refuse("delegates are not a list of texts");
  const delegates = given.map((one) => one.replace(/^projects\/-\/serviceAccounts\//u, ""));
  return async (wiring, signal) => {
    const { token } = await source(wiring, signal);
    return impersonate(wiring, token, { email, delegates }, signal);
  };
}

function readExternal(json: unknown, readSubject: NonNullable<ReadSubject>): Login {
  const audience = textOf(json, "audience");
  const source = fieldOf(json, "credential_source");
  const path = fieldOf(source, "file");
  if (typeof path !== "string") throw refuse("external_account is taken with credential_source.file only");
  const field = fieldOf(fieldOf(source, "format"), "subject_token_field_name");
  const url = fieldOf(json, "service_account_impersonation_url");
  const email = url === undefined ? undefined : impersonatedEmail(textOf(json, "service_account_impersonation_url"));
  return async (wiring, signal) => {
    const text = await readSubject(path).catch(() => {
      throw refuse("the file of credential_source cannot be read");
    });
    const subject = typeof field === "string" ? textOf(parseJson(text), field) : text.trim();
    const federated = await exchangeToken(wiring, audience, Secret.fromText(subject), signal);
    return email === undefined ? federated : impersonate(wiring, federated.token, { email, delegates: [] }, signal);
  };
}

function impersonatedEmail(url: string): string {
  const email = impersonationUrl.exec(url)?.[1];
  if (email === undefined) throw refuse("service_account_impersonation_url is not Google's");
  return email.replace("%40", "@");
}

function isGoogleToken(uri: string): boolean {
  const url = URL.parse(uri);
  return url?.protocol === "https:" && url.port === "" && url.username === "" && tokenHosts.has(url.hostname);
}

function readKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "rsa") return key;
  } catch {
    // The parser's own message may quote the key.
  }
  throw refuse("private_key is not an RSA key in PEM form");
}

function textOf(json: unknown, name: string): string {
  const value = fieldOf(json, name);
  if (typeof value !== "string" || value === "") throw refuse(`it has no ${name}`);
  return value;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse("it is not JSON");
  }
}

function refuse(problem: string): MountError {
  return new MountError("identity_refused", `the Google credentials cannot be used: ${problem}`);
}
