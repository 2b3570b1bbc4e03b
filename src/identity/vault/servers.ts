import { BoundedMap } from "../../model/bounded-map.ts";
import type { Clock } from "../../model/clock.ts";
import { addressPrefix, type CallVault, type VaultServer } from "./call.ts";

/** How long what was learned of a server's health is used, in milliseconds. */
const fresh = 15_000;

/** Longest wait for a health check while a Mount waits, in milliseconds. */
const patience = 2_000;

/** Rank of a server by the status of `sys/health`; lower is asked first. */
const ranks: ReadonlyMap<number, number> = new Map([
  [200, 0],
  [473, 1],
  [472, 2],
  [429, 2],
]);

const unhealthy = 9;

/** Most addresses remembered; above that all are checked anew. */
const mostKnown = 1_000;

interface Health {
  readonly rank: number;
  readonly at: number;
}

/** Of several addresses of one Vault, the one to ask. */
export interface VaultServers {
  /** The healthiest address; the first one named where several are alike. One alone is not checked. */
  choose(addresses: readonly string[], server: Omit<VaultServer, "address">, signal: AbortSignal): Promise<string>;
  /** An address that did not answer comes last until it is checked again. */
  failed(address: string): void;
}

/** Asks `GET /v1/sys/health` of all, at once, when that is not known from a moment before. */
export function createVaultServers(call: CallVault, outside: Clock): VaultServers {
  const known = new BoundedMap<string, Health>(mostKnown);
  const check = async (server: VaultServer, signal: AbortSignal): Promise<Health> => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    const path = `${addressPrefix(server.address)}/v1/sys/health`;
    const rank = await call({ ...server, namespace: "" }, { method: "GET", path }, limited).then(
      ({ status }) => ranks.get(status) ?? unhealthy,
      () => unhealthy,
    );
    signal.throwIfAborted();
    const health = { rank, at: outside.monotonic() };
    known.set(server.address, health);
    return health;
  };
  return {
    choose: async (addresses, server, signal) => {
      const [only = ""] = addresses;
      if (addresses.length < 2) return only;
      const healths = await Promise.all(
        addresses.map(async (address) => {
          const health = known.get(address);
          const usable = health !== undefined && outside.monotonic() - health.at < fresh;
          return usable ? health : check({ ...server, address }, signal);
        }),
      );
      const best = Math.min(...healths.map(({ rank }) => rank));
      return addresses[healths.findIndex(({ rank }) => rank === best)] ?? only;
    },
    failed: (address) => {
      known.set(address, { rank: unhealthy, at: outside.monotonic() });
    },
  };
}
