/** What the other thread sees of the main one. All durations in ms, all sizes in KiB. */
export interface Sighting {
  /** Looks in a row without a beat. */
  readonly missed: number;
  /** Resident memory now, and at the last beat. */
  readonly resident: number;
  readonly residentAtBeat: number;
  /** How much the heap could still grow at the last beat. */
  readonly headroom: number;
  /** Memory that the process may have; undefined where nothing limits it. */
  readonly limit: number | undefined;
}

/** Between two looks, in ms. */
export const lookEvery = 100;

/** Looks without a beat after which the loop counts as held: 15 s, an eighth of what kubelet gives a mount. */
const maxMissed = 150;

/** Looks without a beat that are nothing yet: garbage collection, a busy node. */
const fewMissed = 2;

/** Share of what is left that may be used up before the end is near. */
const nearEnd = 0.75;

/** Growth that a collection of garbage may take for itself, in KiB. */
const minGrowth = 8192;

/**
 * Why the process is about to fail; undefined when it is not. Looks are counted instead of time, so that a machine that
 * slept does not condemn a daemon that slept with it.
 */
export function verdictOf(seen: Sighting): "held" | "memory" | undefined {
  if (seen.missed >= maxMissed) return "held";
  if (seen.missed < fewMissed) return undefined;
  const grown = seen.resident - seen.residentAtBeat;
  if (grown >= Math.max(seen.headroom * nearEnd, minGrowth)) return "memory";
  return seen.limit !== undefined && grown > 0 && seen.resident >= seen.limit * 0.95 ? "memory" : undefined;
}
