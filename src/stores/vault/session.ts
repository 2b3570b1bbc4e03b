import type { Send } from "../../http/send.ts";
import { createCallVault, type CallVault, type VaultServer } from "../../identity/vault/call.ts";
import { createVaultServers, type VaultServers } from "../../identity/vault/servers.ts";
import {
  createVaultTokens,
  type HeldVaultToken,
  type NewVaultToken,
  type VaultLogin,
  type VaultToken,
  type VaultTokens,
} from "../../identity/vault/tokens.ts";
import type { KubeApi } from "../../kube/api.ts";
import { requestToken } from "../../kube/token-request.ts";
import { missingToken } from "../../model/missing-token.ts";
import { MountError } from "../../model/error.ts";
import type { LoginObserver } from "../../model/login.ts";
import type { Clock } from "../../model/clock.ts";
import type { Secret } from "../../model/secret.ts";
import type { Session } from "../../model/session.ts";
import { connect } from "./connection.ts";
import type { VaultParams } from "./language.ts";
import { escapedPath } from "./request.ts";
import type { ReadTls } from "./tls.ts";

/** What the store is wired with. */
export interface VaultWiring {
  readonly send: Send;
  readonly outside: Clock;
  readonly readTls: ReadTls;
  /** Makes tokens for pods that were given none; undefined where there is no cluster. */
  readonly kube: KubeApi | undefined;
  readonly loggedIn: LoginObserver;
}

export type VaultSession = Session<VaultParams>;

/** Audience of the pod's token where none is named. */
export const standardAudience = "vault";

/** Servers, calls and tokens of sessions. */
export class VaultSessions {
  readonly call: CallVault;
  readonly #wiring: VaultWiring;
  readonly #servers: VaultServers;
  readonly #tokens: VaultTokens;

  constructor(wiring: VaultWiring) {
    this.#wiring = wiring;
    this.call = createCallVault(wiring.send, wiring.outside);
    this.#servers = createVaultServers(this.call, wiring.outside);
    this.#tokens = createVaultTokens(this.call, wiring.outside, (outcome) => {
      wiring.loggedIn("vault", outcome);
    });
  }

  /** The server to ask now. Rejects with MountError. */
  connect({ params }: VaultSession, signal: AbortSignal): Promise<VaultServer> {
    return connect(params, this.#servers, this.#wiring.readTls, signal);
  }

  /** Notes that a server could not answer, so that another is asked next. */
  failed({ address }: VaultServer): void {
    this.#servers.failed(address);
  }

  /** A new token beside the session's own, which takes its place when it is kept. Rejects with MountError. */
  login(session: VaultSession, server: VaultServer, signal: AbortSignal): Promise<NewVaultToken> {
    return this.#tokens.login(session.key, this.#loginOf(session, server), signal);
  }

  /** Revokes a token that turned out to be of no use, so that they do not pile up; whether that works does not matter. */
  async discard({ token }: VaultToken, server: VaultServer, signal: AbortSignal): Promise<void> {
    const path = escapedPath({ path: "/v1/auth/token/revoke-self", query: "" }, server.address);
    await this.call(server, { method: "POST", path, token }, signal).catch(() => {
      signal.throwIfAborted();
    });
  }

  #loginOf(session: VaultSession, server: VaultServer): VaultLogin {
    const { authMount, role } = session.params;
    return { server, mount: authMount, role, jwt: (inner) => this.#jwt(session, inner) };
  }

  /** The session's token; a login if there is none. Rejects with MountError. */
  async token(session: VaultSession, server: VaultServer, signal: AbortSignal): Promise<HeldVaultToken> {
    try {
      return await this.#tokens.get(session.key, this.#loginOf(session, server), signal);
    } catch (thrown) {
      if (MountError.from(thrown).transient) this.failed(server);
      throw thrown;
    }
  }

  /** The token that kubelet made for the pod, else one that the Kubernetes API makes now. */
  async #jwt({ params, pod, tokens }: VaultSession, signal: AbortSignal): Promise<Secret> {
    const { audience } = params;
    const wanted = audience ?? standardAudience;
    const given = tokens.get(wanted);
    if (given !== undefined && given.token.size > 0) return given.token;
    const { kube } = this.#wiring;
    if (kube === undefined) throw missingToken(wanted, tokens);
    return requestToken(kube, pod, audience === undefined ? [] : [audience], signal).catch((cause: unknown) => {
      // That the daemon may not make one either is seldom what is wrong.
      throw MountError.from(cause).reason === "not_configured" ? missingToken(wanted, tokens, { cause }) : cause;
    });
  }
}
