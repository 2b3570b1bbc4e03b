import { MountError } from "../../model/error.ts";
import type { Clock } from "../../model/clock.ts";
import { Secret } from "../../model/secret.ts";
import { SharedWork } from "../single-flight.ts";
import { servesOn, tellLogin, type ToldLogin } from "../on-login.ts";
import { addressPrefix, type CallVault, type VaultReply, type VaultServer } from "./call.ts";
import { vaultOutage, vaultProblem } from "./error.ts";

/** How to log in: Kubernetes and JWT auth take the same request. */
export interface VaultLogin {
  readonly server: VaultServer;
  /** Path of the auth mount, clean: `kubernetes`, `team/jwt`. */
  readonly mount: string;
  readonly role: string;
  /** The pod's service-account token; asked for only when it is needed. */
  readonly jwt: (signal: AbortSignal) => Promise<Secret>;
}

/** A Vault token. Times are in milliseconds since 1970; `Infinity` for one that does not end. */
export interface VaultToken {
  readonly token: Secret;
  /** When it was made, or last renewed. */
  readonly renewedAt: number;
  readonly expiresAt: number;
}

/** A token, and whether it was had from before. */
export interface HeldVaultToken extends VaultToken {
  readonly kept: boolean;
  /** Forgets it, so that the next one is new. */
  drop(): void;
}

/** A token beside the one that is kept. */
export interface NewVaultToken extends VaultToken {
  /** Puts it in that one's place. */
  keep(): void;
}

/** Tokens by the name of their session. */
export interface VaultTokens {
  /** A new token by a login; equal logins under way are one. Rejects with MountError. */
  login(name: string, login: VaultLogin, signal: AbortSignal): Promise<NewVaultToken>;

  /**
   * The session's token: kept, renewed when two thirds of its life are over, or made by a login. One that should be
   * replaced serves to its end while logins fail for want of an answer. Rejects with MountError.
   */
  get(name: string, login: VaultLogin, signal: AbortSignal): Promise<HeldVaultToken>;
}

interface Kept extends VaultToken {
  readonly renewable: boolean;
}

/**
 * Longest time before its end at which a token is replaced, in milliseconds; never more than a third of its life. Long
 * enough for every pod to be mounted once more, since leases end with their token.
 */
const margin = 10 * 60_000;

/** Most tokens kept; above that the oldest go. */
const mostTokens = 5_000;

/**
 * Keeps one token for each session. Equal logins under way are one. A token is renewed rather than replaced as long as
 * the server prolongs it, because leases end with the token that they were made with. `told` hears how each login ended.
 */
export function createVaultTokens(call: CallVault, outside: Clock, told: ToldLogin = () => undefined): VaultTokens {
  const tokens = new Map<string, Kept>();
  const work = new SharedWork<Kept>();
  const keep = (name: string, token: Kept) => {
    for (const oldest of tokens.size < mostTokens ? [] : [...tokens.keys()].slice(0, 1)) tokens.delete(oldest);
    tokens.set(name, token);
    return token;
  };
  const hold = (name: string, token: Kept, kept: boolean) => heldToken(tokens, name, token, kept);
  return {
    login: async (name, login, signal) => {
      const token = await work.run(`login ${name}`, signal, (inner) => tellLogin(logIn(login, inner), inner, told));
      return { ...token, keep: () => void keep(name, token) };
    },
    get: async (name, login, signal) => {
      const known = tokens.get(name);
      const state = known === undefined ? "over" : stateOf(known, outside.now());
      if (known !== undefined && state === "fresh") return hold(name, known, true);
      const own = { started: false };
      const begin = async (inner: AbortSignal) => {
        own.started = true;
        const renewed = known !== undefined && state === "renew" ? await renew(known, login, inner) : undefined;
        return keep(name, renewed ?? (await tellLogin(logIn(login, inner), inner, told)));
      };
      const token = await work.run(name, signal, begin).catch((thrown: unknown) => {
        signal.throwIfAborted();
        if (known !== undefined && servesOn(known, thrown, outside.now())) return known;
        // Somebody else's token was refused; this pod's has not been tried.
        if (own.started || MountError.from(thrown).reason !== "identity_rejected") throw thrown;
        return begin(signal);
      });
      return hold(name, token, token.token === known?.token);
    },
  };

  async function logIn({ server, mount, role, jwt }: VaultLogin, signal: AbortSignal): Promise<Kept> {
    const body = JSON.stringify({ jwt: (await jwt(signal)).revealText(), role });
    const path = `${addressPrefix(server.address)}/v1/auth/${mount.split("/").map(encodeURIComponent).join("/")}/login`;
    const reply = await call(server, { method: "POST", path, body }, signal);
    if (reply.status >= 300) throw loginRefusal(reply, server, mount, role);
    const auth = authIn(reply, server.address, outside.now());
    if (auth !== undefined) return auth;
    throw new MountError("store_protocol", `the login at auth/${mount} was answered without a token`);
  }

  /** Undefined when the server does not prolong it: then its life goes on, or another takes its place. */
  async function renew(known: Kept, { server }: VaultLogin, signal: AbortSignal): Promise<Kept | undefined> {
    const path = `${addressPrefix(server.address)}/v1/auth/token/renew-self`;
    const asked = call(server, { method: "POST", path, token: known.token, body: "{}" }, signal);
    const reply = await asked.catch((thrown: unknown) => {
      signal.throwIfAborted();
      return MountError.from(thrown);
    });
    const renewed = reply instanceof MountError || reply.status !== 200 ? undefined : authIn(reply, "", outside.now());
    const prolonged = renewed !== undefined && renewed.expiresAt > known.expiresAt;
    if (prolonged) return { ...renewed, token: known.token };
    const left = known.expiresAt - outside.now();
    if (left <= marginOf(known)) return undefined;
    return { ...known, renewable: false };
  }
}

function heldToken(tokens: Map<string, Kept>, name: string, token: Kept, kept: boolean): HeldVaultToken {
  const drop = () => {
    if (tokens.get(name)?.token === token.token) tokens.delete(name);
  };
  return { ...token, kept, drop };
}

function stateOf(token: Kept, now: number): "fresh" | "renew" | "over" {
  if (now >= token.expiresAt) return "over";
  const life = token.expiresAt - token.renewedAt;
  if (token.renewable) return now < token.renewedAt + (life * 2) / 3 ? "fresh" : "renew";
  return now < token.expiresAt - marginOf(token) ? "fresh" : "over";
}

function marginOf(token: Kept): number {
  return Math.min(margin, (token.expiresAt - token.renewedAt) / 3);
}

/** The token of an answer; for a renewal the token's text is not looked at. Undefined when there is none. */
function authIn({ body }: VaultReply, address: string, now: number): Kept | undefined {
  let auth: unknown;
  try {
    auth = (JSON.parse(Buffer.from(body).toString("utf8")) as { readonly auth?: unknown } | null)?.auth;
  } catch {
    const host = address === "" ? "the server" : address;
    throw new MountError("store_protocol", `${host} did not answer in JSON; check that the address is the server's`);
  }
  if (typeof auth !== "object" || auth === null) return undefined;
  const fields = auth as Readonly<Record<string, unknown>>;
  const { client_token: text, lease_duration: seconds, renewable } = fields;
  if (typeof text !== "string" || text === "") return undefined;
  const life = typeof seconds === "number" && seconds > 0 ? seconds * 1000 : Infinity;
  return {
    token: Secret.fromText(text),
    renewedAt: now,
    expiresAt: now + life,
    renewable: renewable === true && life !== Infinity,
  };
}

function loginRefusal(reply: VaultReply, { address, namespace }: VaultServer, mount: string, role: string): MountError {
  const outage = vaultOutage(reply, address);
  if (outage !== undefined) return outage;
  const where = namespace === "" ? "" : ` in namespace ${namespace}`;
  const message = `${vaultProblem(reply)} when logging in at auth/${mount}${where} as role ${JSON.stringify(role)}`;
  const fix =
    reply.status === 404
      ? "enable an auth method there, or correct the auth mount"
      : "bind the role to the pod's service account and namespace, and to the token's audience";
  return new MountError("identity_rejected", `${message}; ${fix}`);
}
