import type { Send } from "../../http/send.ts";
import { createCallVault, type CallVault, type VaultReply, type VaultServer } from "../../identity/vault/call.ts";
import { createVaultServers, type VaultServers } from "../../identity/vault/servers.ts";
import { isTokenAlive, type VaultLogin, type VaultToken } from "../../identity/vault/login.ts";
import { VaultTokens, type HeldVaultToken, type SecondAnswer } from "../../identity/vault/tokens.ts";
import type { KubeApi } from "../../kube/api.ts";
import { requestToken, requestedLife } from "../../kube/token-request.ts";
import { missingToken } from "../../model/missing-token.ts";
import { MountError } from "../../model/error.ts";
import type { LoginObserver } from "../../model/login.ts";
import type { Clock } from "../../model/clock.ts";
import type { Pod, Token } from "../../model/pod.ts";
import type { Session } from "../../model/session.ts";
import { endOfToken } from "../../model/token-subject.ts";
import { connect } from "./connection.ts";
import type { VaultParams } from "./language.ts";
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

/** Servers, calls and tokens of sessions. */
export class VaultSessions {
  readonly call: CallVault;
  readonly #wiring: VaultWiring;
  readonly #servers: VaultServers;
  readonly #tokens: VaultTokens;
  /** Tokens made for a session's own first look at it: that such a token is refused is no sign of its age. */
  readonly #made = new WeakMap<VaultSession, VaultToken>();

  constructor(wiring: VaultWiring) {
    this.#wiring = wiring;
    this.call = createCallVault(wiring.send, wiring.outside);
    this.#servers = createVaultServers(this.call, wiring.outside);
    this.#tokens = new VaultTokens(this.call, wiring.outside, (outcome) => {
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

  /** Lets the pod be accepted by a login of its own; resolves to what the server shows of it. Rejects with MountError. */
  async identify(session: VaultSession, signal: AbortSignal): Promise<string> {
    const server = await this.connect(session, signal);
    const proof = this.#tokens.prove(nameOf(session), this.#loginOf(session, server), signal);
    const { view, made } = await this.#noting(server, proof);
    if (made !== undefined) this.#made.set(session, made);
    return view;
  }

  /** The pod's own token; a login if there is none. Rejects with MountError. */
  async token(session: VaultSession, server: VaultServer, signal: AbortSignal): Promise<HeldVaultToken> {
    const got = this.#tokens.get(nameOf(session), this.#loginOf(session, server), signal);
    const held = await this.#noting(server, got);
    return { ...held, kept: held.kept && this.#made.get(session)?.token !== held.token };
  }

  /** Asks again what was refused with a token from before, with a newer one. Rejects with MountError. */
  again(
    session: VaultSession,
    server: VaultServer,
    refused: VaultToken,
    ask: (token: VaultToken) => Promise<VaultReply>,
    signal: AbortSignal,
  ): Promise<SecondAnswer> {
    return this.#tokens.again(nameOf(session), { refused, login: this.#loginOf(session, server) }, ask, signal);
  }

  /** Whether the server still takes a token. */
  isAlive(token: VaultToken, server: VaultServer, signal: AbortSignal): Promise<boolean> {
    return isTokenAlive(this.call, server, token, signal);
  }

  async #noting<Got>(server: VaultServer, work: Promise<Got>): Promise<Got> {
    try {
      return await work;
    } catch (thrown) {
      if (MountError.from(thrown).transient) this.failed(server);
      throw thrown;
    }
  }

  #loginOf(session: VaultSession, server: VaultServer): VaultLogin {
    const { authMount, role, audience, standardAudience } = session.params;
    const given = givenToken(session.tokens, audience ?? standardAudience);
    const jwtEnds = given === undefined ? undefined : endOfToken(given);
    return { server, mount: authMount, role, jwt: (inner) => this.#jwt(session, inner), jwtEnds };
  }

  /** The token that kubelet made for the pod, else one that the Kubernetes API makes now. */
  async #jwt({ params, chosenBy, pod, tokens }: VaultSession, signal: AbortSignal): Promise<Token> {
    const { audience, standardAudience } = params;
    const wanted = audience ?? standardAudience;
    const given = givenToken(tokens, wanted);
    if (given !== undefined) return given;
    const { kube } = this.#wiring;
    // What a manifest may choose, an audience and a server, must not lead a token of the cluster's own there: for an
    // address of the manifest's the audience is the store's.
    const isOwn = chosenBy === "operator";
    if (kube === undefined || (!isOwn && wanted !== standardAudience)) throw missingToken(wanted, tokens, "");
    const audiences = audience === undefined ? (isOwn ? [] : [standardAudience]) : [audience];
    const made = requestToken(kube, pod, audiences, signal);
    const token = await made.catch((cause: unknown) => {
      // That the daemon may not make one either is seldom what is wrong.
      throw MountError.from(cause).reason === "not_configured" ? missingToken(wanted, tokens, "", { cause }) : cause;
    });
    return { token, expiresAt: this.#wiring.outside.now() + requestedLife };
  }
}

/** Each pod logs in for itself: Vault tells the pods of one service account apart. */
function nameOf({ key, pod }: { readonly key: string; readonly pod: Pod }): string {
  return `${key}\0${pod.name}\0${pod.uid}`;
}

function givenToken(tokens: VaultSession["tokens"], audience: string): Token | undefined {
  const given = tokens.get(audience);
  return given !== undefined && given.token.size > 0 ? given : undefined;
}
