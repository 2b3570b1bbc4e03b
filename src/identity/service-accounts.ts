import { BoundedMap } from "../model/bounded-map.ts";
import type { ServiceAccount } from "../kube/service-account.ts";
import type { Clock } from "../model/clock.ts";
import { SharedWork } from "./single-flight.ts";

/** Reads a service account of the cluster. Rejects with a MountError. */
export type ReadAccount = (namespace: string, name: string, signal: AbortSignal) => Promise<ServiceAccount>;

/** How long a service account is taken for unchanged, in milliseconds. */
const cachedFor = 60_000;

/** Maximum number of service accounts cached; above that all are forgotten. */
const maxAccounts = 2_000;

/** Service accounts, each cached for a minute; equal reads under way are one. */
export function cachedAccounts(read: ReadAccount, clock: Clock): ReadAccount {
  const accounts = new BoundedMap<string, { readonly account: ServiceAccount; readonly until: number }>(maxAccounts);
  const reads = new SharedWork<ServiceAccount>();
  return async (namespace, name, signal) => {
    const key = `${namespace}/${name}`;
    const known = accounts.get(key);
    if (known !== undefined && clock.monotonic() < known.until) return known.account;
    return reads.run(key, signal, async (inner) => {
      const account = await read(namespace, name, inner);
      accounts.set(key, { account, until: clock.monotonic() + cachedFor });
      return account;
    });
  };
}
