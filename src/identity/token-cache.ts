import { BoundedMap } from "../model/bounded-map.ts";
import { MountError } from "../model/error.ts";
import type { Clock } from "../model/clock.ts";
import type { Secret } from "../model/secret.ts";
import { servesOn, tellLogin, type ToldLogin } from "./on-login.ts";
import { SharedWork } from "./single-flight.ts";

/** A token for a store's API. Times are in milliseconds since 1970. */
export interface AccessToken {
  readonly token: Secret;
  readonly obtainedAt: number;
  readonly expiresAt: number;
}

/** A token, and whether it was had from before. */
export interface HeldToken extends AccessToken {
  readonly kept: boolean;
  /** Forgets it, so that the next one is new. */
  drop(): void;
}

/** Longest time before its end at which a token is replaced, in ms, unless said otherwise; never more than half of its life. */
const standardMargin = 5 * 60_000;

/** Most tokens kept; above that the oldest go. */
const mostTokens = 2_000;

/** Access tokens by what they were obtained with: each until shortly before it ends, equal logins under way done once. */
export class KeptTokens {
  readonly #tokens = new BoundedMap<string, AccessToken>(mostTokens);
  readonly #logins = new SharedWork<AccessToken>();
  readonly #outside: Clock;

  readonly #told: ToldLogin;
  readonly #margin: number;

  /** `told` hears how each login ended; `margin`: longest time before its end at which a token is replaced, in ms. */
  constructor(outside: Clock, told: ToldLogin = () => undefined, margin = standardMargin) {
    this.#outside = outside;
    this.#told = told;
    this.#margin = margin;
  }

  /**
   * The token kept under this key, or what `login` gives. One that should be replaced serves to its end while logins fail
   * for want of an answer. Rejects as `login` does, or with the signal's reason.
   */
  async get(
    key: string,
    signal: AbortSignal,
    login: (signal: AbortSignal) => Promise<AccessToken>,
  ): Promise<HeldToken> {
    const known = this.#tokens.get(key);
    if (known !== undefined && this.#outside.now() < this.#freshUntil(known)) return this.#held(key, known, true);
    return this.#obtain(key, key, signal, login);
  }

  /**
   * What `login` gives, in place of the token kept under this key. `way` tells this login from the usual one: one under
   * way would give a token that was refused. Rejects as `get` does.
   */
  renew(
    key: string,
    way: string,
    signal: AbortSignal,
    login: (signal: AbortSignal) => Promise<AccessToken>,
  ): Promise<HeldToken> {
    this.#tokens.delete(key);
    return this.#obtain(key, `${key}\0${way}`, signal, login);
  }

  async #obtain(
    key: string,
    flight: string,
    signal: AbortSignal,
    login: (signal: AbortSignal) => Promise<AccessToken>,
  ): Promise<HeldToken> {
    const known = this.#tokens.get(key);
    const own = { started: false };
    const begin = async (inner: AbortSignal) => {
      own.started = true;
      const token = await tellLogin(login(inner), inner, this.#told);
      this.#keep(key, token);
      return token;
    };
    const made = await this.#logins.run(flight, signal, begin).catch((thrown: unknown) => {
      signal.throwIfAborted();
      if (known !== undefined && servesOn(known, thrown, this.#outside.now())) return known;
      // Somebody else's token was refused; this pod's has not been tried.
      const refused = ["identity_rejected", "identity_refused"].includes(MountError.from(thrown).reason);
      if (own.started || !refused) throw thrown;
      return begin(signal);
    });
    return this.#held(key, made, made === known);
  }

  #freshUntil({ obtainedAt, expiresAt }: AccessToken): number {
    return expiresAt - Math.min(this.#margin, (expiresAt - obtainedAt) / 2);
  }

  /** A refused token is forgotten unless another has taken its place. */
  #held(key: string, token: AccessToken, kept: boolean): HeldToken {
    const drop = () => {
      if (this.#tokens.get(key) === token) this.#tokens.delete(key);
    };
    return { ...token, kept, drop };
  }

  #keep(key: string, token: AccessToken): void {
    this.#tokens.set(key, token);
  }
}
