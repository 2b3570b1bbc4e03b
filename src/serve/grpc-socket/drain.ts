import type { Clock } from "../../model/clock.ts";
import type { Log } from "../../observe/log.ts";
import type { ProviderServer } from "../server.ts";
import { settlesWithin } from "../settles-within.ts";

export interface DrainSettings {
  /** How long Mounts in flight may go on, in milliseconds. */
  readonly grace: number;
  readonly outside: Clock;
  readonly log: Log;
}

/** How long Mounts that were cut short may take to say so, in milliseconds. */
const lastWords = 1000;

/**
 * Stops all servers together: sockets go first, so that the driver waits for the next daemon's; Mounts in flight end by
 * themselves within the grace period, or are cut short and fail with a final code; then every connection ends. Takes at
 * most the grace period and two seconds. Gives the number of Mounts cut short.
 */
export async function drain(servers: readonly ProviderServer[], settings: DrainSettings): Promise<number> {
  const { grace, outside, log } = settings;
  await Promise.all(servers.map((server) => server.refuse()));
  const inFlight = count(servers);
  log.info("stopping", { in_flight: inFlight });
  const idle = Promise.all(servers.map((server) => server.idle()));
  const finished = await settlesWithin(idle, grace, outside);
  const aborted = finished ? 0 : count(servers);
  if (!finished) {
    for (const server of servers) server.abort();
    await settlesWithin(idle, lastWords, outside);
  }
  await Promise.all(servers.map((server) => server.close()));
  log.info("stopped", { in_flight: inFlight, aborted });
  return aborted;
}

function count(servers: readonly ProviderServer[]): number {
  return servers.reduce((sum, { inFlight }) => sum + inFlight, 0);
}
