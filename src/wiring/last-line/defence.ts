import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import { MountError } from "../../model/error.ts";
import type { Log } from "../../observe/log.ts";
import { pressureOf, type MemoryReading, type Pressure } from "../../serve/last-line/pressure.ts";
import type { StreamTable } from "../../serve/last-line/stream-table.ts";
import { lookEvery } from "../../serve/last-line/verdict.ts";
import { startLastLine, type LastLineData } from "./thread.ts";

/** What is defended. */
export interface DefenceSettings {
  readonly table: StreamTable;
  readonly log: Log;
  /** The setting `memory-limit` in bytes; undefined where it is not set. */
  readonly memoryLimit: number | undefined;
  /** How the thread's last line is written. */
  readonly format: LastLineData["format"];
  /** Ends every Mount in flight with this error. */
  abort(error: MountError): void;
}

/** The daemon's defence against ending while Mounts are in flight. */
export interface Defence {
  /** Why no Mount can be taken now; undefined when it can. */
  refusal(): MountError | undefined;
  /** Why only a restart helps; undefined when it is not needed. */
  hopeless(): string | undefined;
  stop(): void;
}

/** How long memory may be short, in ms, before a restart is better than going on to refuse Mounts. */
const maxShortage = 60_000;

/** What the control group allows in bytes; undefined where that is not less than the machine has. */
function groupLimit(): number | undefined {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : undefined;
}

function readMemory(limit: number | undefined): MemoryReading & { readonly heapSize: number } {
  const { used_heap_size: heapUsed, total_heap_size: heapSize, heap_size_limit: heapLimit } = getHeapStatistics();
  return { heapUsed, heapSize, heapLimit, resident: process.memoryUsage.rss(), limit };
}

/**
 * Watches memory and event loop from now on. Where memory gets short, new Mounts are refused, then those in flight are
 * ended, all with a final code; where that comes too late, the other thread answers (`startLastLine`).
 */
export function startDefence({ table, log, format, abort, memoryLimit }: DefenceSettings): Defence {
  const limit = memoryLimit ?? groupLimit();
  let pressure: Pressure = "none";
  let shortSince = 0;
  const look = () => {
    const reading = readMemory(limit);
    table.beat(Math.floor((reading.heapLimit - reading.heapSize) / 1024));
    const before = pressure;
    pressure = pressureOf(reading);
    if (pressure === "abort") abort(shortage());
    if ((pressure === "none") === (before === "none")) return;
    shortSince = performance.now();
    if (pressure === "none") log.info("memory is enough again");
    else log.warn("memory is short", { fix: "raise the daemon's memory limit, or mount less data at once" });
  };
  look();
  const timer = setInterval(look, lookEvery).unref();
  const limitKib = limit === undefined ? undefined : Math.floor(limit / 1024);
  startLastLine(table, { limitKib, format }, (error) => log.trace("the watching thread has failed", error));
  return {
    refusal: () => (pressure === "none" ? undefined : shortage()),
    hopeless: () =>
      pressure !== "none" && performance.now() - shortSince > maxShortage
        ? "memory has been short for a minute"
        : undefined,
    stop: () => clearInterval(timer),
  };
}

function shortage(): MountError {
  return new MountError("daemon_overloaded", "the daemon has too little memory left; kubelet asks again");
}
