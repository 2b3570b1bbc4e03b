import type { AwsCredentials } from "./credentials.ts";
import { AwsFault, isSkewed, isStale, skewOf } from "./fault.ts";
import { runCall, type AwsNetwork, type ClientUse } from "./sdk.ts";

/** Credentials that a call is made with. */
export interface UsedCredentials {
  readonly credentials: AwsCredentials;
  /** Whether they were cached: refused, they may be those of an older role or past their end. */
  readonly cached: boolean;
}

/** Where the credentials of calls come from. */
export interface CredentialSource<Used extends UsedCredentials> {
  /** Rejects with MountError. */
  credentials(): Promise<Used>;
  /** Forgets refused ones, so that the next ones are new. */
  renew(refused: Used): void;
}

/** What calls are made with. */
export interface AttemptDeps {
  readonly network: AwsNetwork;
  /** By how many ms AWS's clock is ahead, as far as it is known; followed where a service says so. */
  readonly skew: { value: number };
}

/**
 * One call of a service: once more with AWS's clock where the clocks differ, and once more with new credentials where
 * cached ones were refused. Rejects with AwsFault for an answer other than 200, else with MountError or the signal's reason.
 */
export async function callWithCredentials<Client, T, Used extends UsedCredentials>(
  { network, skew }: AttemptDeps,
  source: CredentialSource<Used>,
  use: Omit<ClientUse, "credentials" | "skew">,
  open: (use: ClientUse) => Promise<Client>,
  call: (client: Client) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const once = async ({ credentials }: Used) => {
    const client = await open({ ...use, credentials, skew: skew.value });
    return runCall(new URL(use.endpoint).host, signal, () => call(client));
  };
  const held = await source.credentials();
  try {
    return await once(held);
  } catch (thrown) {
    if (!(thrown instanceof AwsFault)) throw thrown;
    const now = network.clock.now();
    if (isSkewed(thrown.refusal, now)) {
      skew.value = skewOf(thrown.refusal, now) ?? skew.value;
      return once(held);
    }
    if (!isStale(thrown.refusal)) throw thrown;
    source.renew(held);
    if (!held.cached) throw thrown;
    return once(await source.credentials());
  }
}
