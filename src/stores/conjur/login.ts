import { KeptTokens, type AccessToken, type HeldToken } from "../../identity/token-cache.ts";
import type { Clock } from "../../model/clock.ts";
import { missingToken, numbered } from "../../model/missing-token.ts";
import type { LoginObserver } from "../../model/login.ts";
import { Secret } from "../../model/secret.ts";
import type { Session } from "../../model/session.ts";
import { pathPart } from "./address.ts";
import type { CallConjur, ConjurServer } from "./call.ts";
import { garbled, loginRefusal } from "./errors.ts";
import type { ConjurParams } from "./params.ts";

/** Number by which people know the official provider's error of a pod without a token. */
export const missingTokenError = "CKCP013 CKCP008";

/** Life of an access token that does not say its own, in milliseconds: what Conjur's servers hold by. */
const standardLife = 8 * 60_000;

/** A token is replaced so long before its end, in milliseconds. */
const margin = 2 * 60_000;

/** Gives a session its access token: kept, or had by a login. Rejects with MountError. */
export type Login = (session: Session<ConjurParams>, server: ConjurServer, signal: AbortSignal) => Promise<HeldToken>;

/** Logins with the pod's own token; one access token serves a session until two minutes before its end. */
export function createLogin(call: CallConjur, clock: Clock, loggedIn: LoginObserver): Login {
  const tokens = new KeptTokens(clock, (outcome) => loggedIn("conjur", outcome), margin);
  return (session, server, signal) =>
    tokens.get(session.key, signal, (inner) => logIn(session, server, { call, clock }, inner));
}

async function logIn(
  { params, tokens }: Session<ConjurParams>,
  server: ConjurServer,
  { call, clock }: { readonly call: CallConjur; readonly clock: Clock },
  signal: AbortSignal,
): Promise<AccessToken> {
  const given = tokens.get(params.audience);
  if (given === undefined) throw numbered(missingToken(params.audience, tokens, ""), missingTokenError);
  const { account, service, identity } = params;
  const parts = [...service.split("/"), account, ...(identity === "" ? [] : [identity])];
  const path = `/authn-jwt/${parts.map(pathPart).join("/")}/authenticate`;
  const form = Secret.fromText(`jwt=${encodeURIComponent(given.token.revealText())}`);
  const obtainedAt = clock.now();
  const reply = await call(server, { step: "the login", path, form }, signal);
  if (reply.status !== 200) throw loginRefusal(reply, params);
  const life = lifeOf(reply.body);
  if (life === undefined) throw garbled(`the login at authn-jwt/${service} was answered without an access token`);
  const token = Secret.fromText(Buffer.from(reply.body).toString("base64"));
  return { token, obtainedAt, expiresAt: obtainedAt + life };
}

/** What an access token says of its life, in milliseconds; undefined for what is none. */
function lifeOf(body: Uint8Array): number | undefined {
  const token = recordOf(body);
  const texts = ["protected", "payload", "signature"].map((name) => token?.[name]);
  if (!texts.every((text) => typeof text === "string" && text !== "")) return undefined;
  const claims = recordOf(Buffer.from(String(token?.["payload"]), "base64"));
  const [from, to] = [claims?.["iat"], claims?.["exp"]];
  const life = typeof from === "number" && typeof to === "number" ? (to - from) * 1000 : standardLife;
  return life > 0 && life < 24 * 3_600_000 ? life : standardLife;
}

function recordOf(json: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(json).toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
