import type { Secret } from "../../model/secret.ts";
import type { Accepted } from "./login.ts";

/** A login made because a token was refused; shared by all whom that token was refused for. */
export interface Trial {
  /** The token that was refused. */
  readonly against: Secret;
  /** Undefined until the login has ended. */
  made: Accepted | undefined;
  /** Whether the new token was of use to somebody. */
  won: boolean;
  users: number;
}

/** Trials under way, by the name of whoever logs in. */
export class Trials {
  readonly #trials = new Map<string, Trial>();

  /** The trial against this token, begun now or by somebody before. To be left. */
  join(name: string, against: Secret): Trial {
    const known = this.#trials.get(name);
    const trial = known?.against === against ? known : { against, made: undefined, won: false, users: 0 };
    trial.users += 1;
    this.#trials.set(name, trial);
    return trial;
  }

  /** What the last who leaves must revoke: a token that was of use to nobody. */
  leave(name: string, trial: Trial): Accepted["token"] | undefined {
    trial.users -= 1;
    if (trial.users > 0) return undefined;
    if (this.#trials.get(name) === trial) this.#trials.delete(name);
    return trial.won ? undefined : trial.made?.token;
  }
}
