import { createHash } from "node:crypto";
import { MountError } from "../../model/error.ts";
import type { Token } from "../../model/pod.ts";
import { Secret } from "../../model/secret.ts";
import { endOfToken } from "../../model/token-subject.ts";
import type { Clock } from "../../model/clock.ts";
import { addressPrefix, type CallVault, type VaultReply, type VaultServer } from "./call.ts";
import { loginRefusal } from "./login-refusal.ts";

/** How one pod logs in: Kubernetes and JWT auth take the same request. */
export interface VaultLogin {
  readonly server: VaultServer;
  /** Path of the auth mount, clean: `kubernetes`, `team/jwt`. */
  readonly mount: string;
  readonly role: string;
  /** The pod's service-account token; asked for only when it is needed. */
  readonly jwt: (signal: AbortSignal) => Promise<Token>;
  /** When the token that the pod was given ends, in ms since 1970; undefined where one is yet to be made. */
  readonly jwtEnds: number | undefined;
}

/** A Vault token. Times are in milliseconds since 1970; `Infinity` for one that does not end. */
export interface VaultToken {
  readonly token: Secret;
  /** When it was made, or last renewed. */
  readonly renewedAt: number;
  readonly expiresAt: number;
}

/** A token as the server gave it to a pod. */
export interface GrantedToken extends VaultToken {
  readonly renewable: boolean;
  /** What the server showed of the pod: those with equal texts see the same. */
  readonly view: string;
}

/** What a login gave. */
export interface Accepted {
  readonly token: GrantedToken;
  /** When the service-account token that it was made with ends, in milliseconds since 1970. */
  readonly until: number;
}

/** Logs in. Rejects with MountError, or with the signal's reason. */
export async function logIn(
  call: CallVault,
  clock: Clock,
  { server, mount, role, jwt }: VaultLogin,
  signal: AbortSignal,
): Promise<Accepted> {
  const own = await jwt(signal);
  const body = JSON.stringify({ jwt: own.token.revealText(), role });
  const path = `${addressPrefix(server.address)}/v1/auth/${mount.split("/").map(encodeURIComponent).join("/")}/login`;
  const reply = await call(server, { method: "POST", path, body }, signal);
  if (reply.status >= 300) throw loginRefusal(reply, server, mount, role);
  const token = tokenIn(reply, server, clock.now());
  if (token === undefined) {
    throw new MountError("store_protocol", `the login at auth/${mount} was answered without a token`);
  }
  return { token, until: endOfToken(own) };
}

/** The token with its new life; undefined when the server does not prolong it. Rejects with the signal's reason only. */
export async function renewToken(
  call: CallVault,
  clock: Clock,
  known: GrantedToken,
  server: VaultServer,
  signal: AbortSignal,
): Promise<GrantedToken | undefined> {
  const path = `${addressPrefix(server.address)}/v1/auth/token/renew-self`;
  try {
    const reply = await call(server, { method: "POST", path, token: known.token, body: "{}" }, signal);
    const renewed = reply.status === 200 ? tokenIn(reply, server, clock.now()) : undefined;
    if (renewed === undefined || renewed.expiresAt <= known.expiresAt) return undefined;
    return { ...renewed, token: known.token, view: known.view };
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof MountError) return undefined;
    throw thrown;
  }
}

/** Whether the server still takes a token, as far as the token's policies let that be asked. */
export async function isTokenAlive(
  call: CallVault,
  server: VaultServer,
  { token }: VaultToken,
  signal: AbortSignal,
): Promise<boolean> {
  const path = `${addressPrefix(server.address)}/v1/auth/token/lookup-self`;
  const reply = await call(server, { method: "GET", path, token }, signal).catch(() => {
    signal.throwIfAborted();
    return undefined;
  });
  return reply?.status !== 403;
}

/** Revokes a token that turned out to be of no use, so that they do not pile up; whether that works does not matter. */
export async function discardToken(
  call: CallVault,
  server: VaultServer,
  { token }: VaultToken,
  signal: AbortSignal,
): Promise<void> {
  const path = `${addressPrefix(server.address)}/v1/auth/token/revoke-self`;
  await call(server, { method: "POST", path, token }, signal).catch(() => {
    signal.throwIfAborted();
  });
}

type Fields = Readonly<Record<string, unknown>>;

/** The token of an answer; undefined when there is none. Throws MountError `store_protocol`. */
function tokenIn({ body }: VaultReply, { address, namespace }: VaultServer, now: number): GrantedToken | undefined {
  let auth: unknown;
  try {
    auth = (JSON.parse(Buffer.from(body).toString("utf8")) as { readonly auth?: unknown } | null)?.auth;
  } catch {
    const text = `${address} did not answer in JSON; check that the address is the server's and not a proxy's`;
    throw new MountError("store_protocol", text);
  }
  if (typeof auth !== "object" || auth === null) return undefined;
  const fields = auth as Fields;
  const { client_token: text, lease_duration: seconds, renewable } = fields;
  if (typeof text !== "string" || text === "") return undefined;
  const life = typeof seconds === "number" && seconds > 0 ? seconds * 1000 : Infinity;
  return {
    token: Secret.fromText(text),
    renewedAt: now,
    expiresAt: now + life,
    renewable: renewable === true && life !== Infinity,
    view: viewOf(fields, namespace),
  };
}

/**
 * A digest of all that decides what a token sees: the entity, the policies of token and identity, the metadata that
 * policies may be templated with, and the namespace.
 */
function viewOf(auth: Fields, namespace: string): string {
  const { entity_id: entity, policies, token_policies: own, identity_policies: identity, metadata } = auth;
  const lists = [policies, own, identity].map((list): readonly unknown[] =>
    Array.isArray(list) ? [...(list as readonly unknown[])].sort() : [],
  );
  const pairs = typeof metadata === "object" && metadata !== null ? Object.entries(metadata).sort(byName) : [];
  const text = JSON.stringify([namespace, entity ?? "", ...lists, pairs]);
  return createHash("sha256").update(text).digest("base64url");
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
