import { MountError } from "../../model/error.ts";
import type { Clock } from "../../model/clock.ts";
import { SharedWork } from "../single-flight.ts";
import { servesOn, tellLogin, type ToldLogin } from "../on-login.ts";
import type { CallVault, VaultReply } from "./call.ts";
import {
  discardToken,
  logIn,
  renewToken,
  type Accepted,
  type GrantedToken,
  type VaultLogin,
  type VaultToken,
} from "./login.ts";
import { Trials } from "./trials.ts";

/** A token, and whether it was had from before. */
export interface HeldVaultToken extends VaultToken {
  readonly kept: boolean;
  /** Forgets it, so that the next one is new. */
  drop(): void;
}

/** What a server showed of a pod that it accepted. */
export interface Shown {
  /** Pods of one session with equal texts see the same. */
  readonly view: string;
  /** The token, where it was made just now. */
  readonly made: VaultToken | undefined;
}

/** An answer got with a newer token than the one that was refused. */
export interface SecondAnswer {
  readonly reply: VaultReply;
  readonly token: VaultToken;
  /** Whether this answer made the newer token take the refused one's place. */
  readonly replaced: boolean;
}

/**
 * Longest time before its end at which a token is replaced, in milliseconds; never more than a third of its life. Long
 * enough for every pod to be mounted once more, since leases end with their token.
 */
const margin = 10 * 60_000;

/** Maximum number of tokens cached; above that the oldest go. */
const maxTokens = 5_000;

/** Tokens by the name of whoever logs in: a session, or a pod of it. Equal logins under way are one. */
export class VaultTokens {
  readonly #call: CallVault;
  readonly #clock: Clock;
  readonly #told: ToldLogin;
  readonly #accepted = new Map<string, Accepted>();
  readonly #work = new SharedWork<Accepted>();
  readonly #trials = new Trials();

  /** `told` hears how each login ended. */
  constructor(call: CallVault, clock: Clock, told: ToldLogin = () => undefined) {
    this.#call = call;
    this.#clock = clock;
    this.#told = told;
  }

  /**
   * The token: cached, renewed when two thirds of its life are over (leases end with the token that they were made with),
   * or made by a login. One that should be replaced serves to its end while logins fail for want of an answer. Rejects
   * with MountError.
   */
  async get(name: string, login: VaultLogin, signal: AbortSignal): Promise<HeldVaultToken> {
    const known = this.#accepted.get(name);
    const { token } = await this.#obtain(name, known, login, signal);
    const drop = () => {
      if (this.#accepted.get(name)?.token.token === token.token) this.#accepted.delete(name);
    };
    return { ...token, kept: token.token === known?.token.token, drop };
  }

  /**
   * Lets the pod be accepted by a login with its own token, again once that token has ended, and says what the server
   * shows of it. The token of an earlier login stays in use where the server still shows the same: leases end with it.
   * Rejects with MountError.
   */
  async prove(name: string, login: VaultLogin, signal: AbortSignal): Promise<Shown> {
    const known = this.#accepted.get(name);
    const isOver = known !== undefined && this.#clock.now() >= known.until;
    if (known === undefined || (!isOver && !this.#isSoonOver(known, login))) {
      return shown(await this.#obtain(name, known, login, signal), known);
    }
    const begin = async (inner: AbortSignal) => {
      const fresh = await this.#logIn(login, inner);
      const current = this.#accepted.get(name);
      const serves = current !== undefined && this.#stateOf(current.token) !== "over";
      if (!serves || current.token.view !== fresh.token.view) return this.#keep(name, fresh);
      await discardToken(this.#call, login.server, fresh.token, inner);
      return this.#keep(name, { ...current, until: fresh.until });
    };
    const proven = await this.#once(`${name}\0proof`, signal, begin).catch((thrown: unknown) => {
      signal.throwIfAborted();
      const isTransient = MountError.from(thrown).transient;
      if (isTransient && !isOver) return known;
      if (!isTransient) this.#accepted.delete(name);
      throw thrown;
    });
    return shown(proven, known);
  }

  /**
   * Asks again what was refused with a token from before: with the newer one where there is one by now, else with one
   * that a login makes, one for all who ask. It takes the other's place only if it helps, and is revoked if it helps nobody.
   * Rejects with MountError, or as `ask` does.
   */
  async again(
    name: string,
    { refused, login }: { readonly refused: VaultToken; readonly login: VaultLogin },
    ask: (token: VaultToken) => Promise<VaultReply>,
    signal: AbortSignal,
  ): Promise<SecondAnswer> {
    const newer = this.#accepted.get(name);
    if (newer !== undefined && newer.token.token !== refused.token) {
      return { reply: await ask(newer.token), token: newer.token, replaced: false };
    }
    const trial = this.#trials.join(name, refused.token);
    try {
      const fresh = await this.#once(`${name}\0trial`, signal, async (inner) => {
        return trial.made ?? (trial.made = await this.#logIn(login, inner));
      });
      const reply = await ask(fresh.token);
      const helps = reply.status < 500 && ![403, 429].includes(reply.status);
      const replaced = helps && !trial.won;
      if (replaced) {
        trial.won = true;
        this.#keep(name, fresh);
      }
      return { reply, token: fresh.token, replaced };
    } finally {
      const useless = this.#trials.leave(name, trial);
      if (useless !== undefined) {
        await discardToken(this.#call, login.server, useless, signal).catch(() => undefined);
      }
    }
  }

  async #obtain(name: string, known: Accepted | undefined, login: VaultLogin, signal: AbortSignal): Promise<Accepted> {
    const state = known === undefined ? "over" : this.#stateOf(known.token);
    if (known !== undefined && state === "fresh") return known;
    const begin = async (inner: AbortSignal) => {
      const renewed = known !== undefined && state === "renew" ? await this.#renewed(known, login, inner) : undefined;
      return this.#keep(name, renewed ?? (await this.#logIn(login, inner)));
    };
    return this.#once(name, signal, begin).catch((thrown: unknown) => {
      signal.throwIfAborted();
      if (known !== undefined && servesOn(known.token, thrown, this.#clock.now())) return known;
      throw thrown;
    });
  }

  #logIn(login: VaultLogin, signal: AbortSignal): Promise<Accepted> {
    return tellLogin(logIn(this.#call, this.#clock, login, signal), signal, this.#told);
  }

  /** Undefined where the server prolongs it no further and another must take its place. */
  async #renewed(known: Accepted, { server }: VaultLogin, signal: AbortSignal): Promise<Accepted | undefined> {
    const renewed = await renewToken(this.#call, this.#clock, known.token, server, signal);
    if (renewed !== undefined) return { ...known, token: renewed };
    const left = known.token.expiresAt - this.#clock.now();
    return left <= marginOf(known.token) ? undefined : { ...known, token: { ...known.token, renewable: false } };
  }

  /** Work that another volume began with its own token may be refused; then this one's has not been tried. */
  async #once(name: string, signal: AbortSignal, begin: (signal: AbortSignal) => Promise<Accepted>): Promise<Accepted> {
    let started = false;
    const own = (inner: AbortSignal) => {
      started = true;
      return begin(inner);
    };
    return this.#work.run(name, signal, own).catch((thrown: unknown) => {
      signal.throwIfAborted();
      if (started || MountError.from(thrown).reason !== "identity_rejected") throw thrown;
      return begin(signal);
    });
  }

  #keep(name: string, accepted: Accepted): Accepted {
    for (const oldest of this.#accepted.keys()) {
      if (this.#accepted.size < maxTokens) break;
      this.#accepted.delete(oldest);
    }
    this.#accepted.set(name, accepted);
    return accepted;
  }

  /** Whether the pod has a newer token already, and the one that it was accepted with ends before long. */
  #isSoonOver({ until }: Accepted, { jwtEnds }: VaultLogin): boolean {
    return jwtEnds !== undefined && jwtEnds > until && this.#clock.now() >= until - margin;
  }

  #stateOf(token: GrantedToken): "fresh" | "renew" | "over" {
    const now = this.#clock.now();
    if (now >= token.expiresAt) return "over";
    const life = token.expiresAt - token.renewedAt;
    if (token.renewable) return now < token.renewedAt + (life * 2) / 3 ? "fresh" : "renew";
    return now < token.expiresAt - marginOf(token) ? "fresh" : "over";
  }
}

function shown({ token }: Accepted, before: Accepted | undefined): Shown {
  return { view: token.view, made: token.token === before?.token.token ? undefined : token };
}

function marginOf(token: VaultToken): number {
  return Math.min(margin, (token.expiresAt - token.renewedAt) / 3);
}
