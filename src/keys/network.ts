import type { Send } from "../http/send.ts";
import type { Clock } from "../model/clock.ts";
import type { Compute } from "../model/compute.ts";
import type { LoginObserver } from "../model/login.ts";
import type { ListSecrets } from "./material/secrets.ts";

/** What key services over the network are asked with. */
export interface KeyNetwork {
  readonly send: Send;
  readonly outside: Clock;
  /** Undefined where there is no cluster. */
  readonly listSecrets?: ListSecrets | undefined;
  readonly loggedIn?: LoginObserver | undefined;
  /** Where heavy work is done; undefined where nobody else is served meanwhile. */
  readonly compute?: Compute | undefined;
}
