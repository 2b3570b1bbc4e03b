import { MountError } from "../model/error.ts";
import type { Reason } from "../model/reasons.ts";

/** Hears how a login ended. */
export type ToldLogin = (outcome: Reason | "ok") => void;

/** The login's outcome, once `told` has heard of it; a login that nobody waits for any more is not told of. */
export async function tellLogin<Made>(login: Promise<Made>, signal: AbortSignal, told: ToldLogin): Promise<Made> {
  const made = await login.catch((thrown: unknown) => {
    if (!signal.aborted) told(MountError.from(thrown).reason);
    throw thrown;
  });
  told("ok");
  return made;
}

/** A token that ends within so many milliseconds may end on its way. */
const leastLeft = 10_000;

/** Whether a token that should be replaced serves on, since nobody could say anything about a new one. */
export function servesOn({ expiresAt }: { readonly expiresAt: number }, failure: unknown, now: number): boolean {
  return MountError.from(failure).transient && now < expiresAt - leastLeft;
}
