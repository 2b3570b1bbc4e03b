import { foreignAnswer } from "../../http/outage.ts";
import { KeptTokens, type AccessToken } from "../../identity/token-cache.ts";
import type { KubeApi } from "../../kube/api.ts";
import { requestToken } from "../../kube/token-request.ts";
import type { Clock } from "../../model/clock.ts";
import { MountError } from "../../model/error.ts";
import { isGranted } from "../../model/grant.ts";
import type { LoginObserver } from "../../model/login.ts";
import { missingToken } from "../../model/missing-token.ts";
import { Secret } from "../../model/secret.ts";
import type { Session } from "../../model/session.ts";
import type { CallDoppler } from "./call.ts";
import { garbled, refusalOf } from "./errors.ts";
import { isIdentity, type DopplerParams } from "./params.ts";
import type { DopplerSettings } from "./settings.ts";

/** A token for Doppler's API. */
export interface Credential {
  readonly token: Secret;
  /** Whether it knows project and config by itself. */
  readonly ofOneConfig: boolean;
  /** Whether another can be had by logging in again. */
  readonly kept: boolean;
  /** Forgets it. */
  drop(): void;
}

/** Gives a session its token. Rejects with MountError. */
export type Credentials = (session: Session<DopplerParams>, signal: AbortSignal) => Promise<Credential>;

/** What credentials are had with. */
export interface CredentialWiring {
  readonly call: CallDoppler;
  readonly clock: Clock;
  readonly kube: KubeApi | undefined;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly onLogin: LoginObserver;
  readonly settings: DopplerSettings;
}

/** Keys of a volume's Secret, by how they are preferred: the operator's, External Secrets', the CLI's. */
const secretKeys = ["serviceToken", "dopplerToken", "DOPPLER_TOKEN"] as const;

/** A token of a login is replaced so long before its end, in ms. */
const margin = 60_000;

/** Tokens out of Secrets, the operator's file, and logins with the pods' own tokens. */
export function createCredentials(wiring: CredentialWiring): Credentials {
  const { clock, onLogin } = wiring;
  const tokens = new KeptTokens(clock, (outcome) => onLogin("doppler", outcome), margin);
  const byLogin = async (identity: string, session: Session<DopplerParams>, signal: AbortSignal) => {
    const held = await tokens.get(`${identity} ${session.key}`, signal, (inner) =>
      logIn(identity, session, wiring, inner),
    );
    return { token: held.token, ofOneConfig: false, kept: held.kept, drop: held.drop };
  };
  return async (session, signal) => {
    const { auth, identity } = session.params;
    if (auth === "operator") return given(await operatorToken(session, wiring));
    const found = secretKeys.map((key) => session.secrets.get(key)).find((one) => one !== undefined);
    if (auth === "pod") {
      if (found === undefined) return byLogin(identity, session, signal);
      const text = "there are both an identity and a token in the volume's Secret; remove one of them";
      throw new MountError("parameter_invalid", text);
    }
    const named = session.secrets.get("identity")?.revealText().trim() ?? "";
    if (found !== undefined && named !== "") {
      throw new MountError(
        "parameter_invalid",
        "the volume's Secret has both a token and an identity; remove one of them",
      );
    }
    if (found !== undefined) return given(found);
    if (named === "") throw noCredential();
    if (!isIdentity(named)) throw new MountError("parameter_invalid", "key identity of the volume's Secret is no UUID");
    return byLogin(named, session, signal);
  };
}

function noCredential(): MountError {
  return new MountError(
    "not_configured",
    "there is no way to log in at Doppler: set identity to the UUID of a service account identity, or give the volume a " +
      `nodePublishSecretRef whose Secret has a token under ${secretKeys[0]}`,
  );
}

async function operatorToken(
  { pod }: Session<DopplerParams>,
  { settings, readFile }: CredentialWiring,
): Promise<Secret> {
  if (settings.tokenFile === "") {
    throw new MountError("not_configured", "the operator has given no Doppler token; set doppler-token-file");
  }
  if (!isGranted(settings.tokenNamespaces, pod.namespace)) {
    const text = `namespace ${pod.namespace} may not use the operator's Doppler token; the operator lists it in doppler-token-namespaces`;
    throw new MountError("not_permitted", text);
  }
  const bytes = await readFile(settings.tokenFile).catch(() => {
    throw new MountError("not_configured", `the daemon cannot read ${settings.tokenFile}, its Doppler token`);
  });
  return new Secret(bytes);
}

/** A token that somebody wrote down. Throws MountError for what cannot be one, so that it never reaches a header. */
function given(written: Secret): Credential {
  const text = written.revealText().trim();
  if (text === "") throw new MountError("not_configured", "the Doppler token is empty");
  if (!/^[\x21-\x7e]{1,4096}$/u.test(text)) {
    throw new MountError("identity_refused", "the Doppler token holds what no token holds; write it again");
  }
  const kind = /^dp\.(scim|audit)\./u.exec(text)?.[1];
  if (kind !== undefined) {
    const fix = "make a service token of the config";
    throw new MountError("identity_refused", `a Doppler token of kind ${kind} cannot read secrets; ${fix}`);
  }
  const token = Secret.fromText(text);
  return { token, ofOneConfig: text.startsWith("dp.st."), kept: false, drop: () => undefined };
}

async function logIn(
  identity: string,
  session: Session<DopplerParams>,
  wiring: CredentialWiring,
  signal: AbortSignal,
): Promise<AccessToken> {
  const { call, clock } = wiring;
  const { host, verifyTls } = session.params;
  const jwt = await podToken(session, wiring, signal);
  const body = Secret.fromText(JSON.stringify({ identity, token: jwt.revealText() }));
  const obtainedAt = clock.now();
  const reply = await call({ host, verifyTls, path: "/v3/auth/oidc", body }, signal);
  const what = `the login of service account ${session.pod.namespace}/${session.pod.serviceAccount} with identity ${identity}`;
  if (reply.status !== 200) throw loginRefusal(refusalOf(reply, { host, what }));
  const { token, expiresAt } = tokenIn(reply.body, host);
  return { token, obtainedAt, expiresAt };
}

/** What stops a login is no lack of an object or of a right to one. */
function loginRefusal({ reason, message, context }: MountError): MountError {
  if (!["access_denied", "object_not_found", "parameter_invalid"].includes(reason)) {
    return new MountError(reason, message, context);
  }
  return new MountError("identity_refused", `${message} (its issuer, audience and subject must match)`, context);
}

function tokenIn(body: Uint8Array, host: string): Pick<AccessToken, "token" | "expiresAt"> {
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    throw foreignAnswer({ status: 200, body }, new URL(host).host, "Doppler's API");
  }
  const token = typeof answer === "object" && answer !== null && "token" in answer ? answer.token : undefined;
  const end = typeof answer === "object" && answer !== null && "expires_at" in answer ? answer.expires_at : undefined;
  const expiresAt = typeof end === "string" ? Date.parse(end) : Number.NaN;
  if (typeof token !== "string" || !/^[\x21-\x7e]{1,4096}$/u.test(token) || Number.isNaN(expiresAt)) {
    throw garbled("to the login has no token with an end");
  }
  return { token: Secret.fromText(token), expiresAt };
}

/** The pod's token for the audience; one is made only where kubelet makes none at all, and only for an allowed host. */
async function podToken(
  { params, tokens, tokensWithheld, pod }: Session<DopplerParams>,
  { kube, settings }: CredentialWiring,
  signal: AbortSignal,
): Promise<Secret> {
  const { audience } = params;
  const known = tokens.get(audience);
  if (known !== undefined) return known.token;
  const mayMake = settings.hosts.includes(audience) && tokens.size === 0 && tokensWithheld !== true && pod.uid !== "";
  if (kube === undefined || !mayMake) throw missingToken(audience, tokens, "");
  try {
    return await requestToken(kube, pod, [audience], signal);
  } catch (thrown) {
    signal.throwIfAborted();
    const error = MountError.from(thrown);
    if (error.transient) throw error;
    throw missingToken(audience, tokens, "", { cause: error });
  }
}
