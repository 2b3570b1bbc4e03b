/** What the process uses and may use, in bytes. */
export interface MemoryReading {
  readonly heapUsed: number;
  readonly heapLimit: number;
  readonly resident: number;
  /** Undefined where nothing limits the process. */
  readonly limit: number | undefined;
}

/** `refuse`: take no more Mounts. `abort`: also end those in flight. */
export type Pressure = "none" | "refuse" | "abort";

/** Shares of a limit from which on Mounts are refused and ended. What the heap holds may be garbage, resident memory not. */
const shares = { heap: { refuse: 0.78, abort: 0.86 }, resident: { refuse: 0.92, abort: 0.97 } };

/** How near the process is to its end. */
export function pressureOf({ heapUsed, heapLimit, resident, limit = Infinity }: MemoryReading): Pressure {
  const [heap, all] = [heapUsed / heapLimit, resident / limit];
  if (heap >= shares.heap.abort || all >= shares.resident.abort) return "abort";
  return heap >= shares.heap.refuse || all >= shares.resident.refuse ? "refuse" : "none";
}
