import { totalmem } from "node:os";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
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
  /**
   * Lets a Mount in: at once, or while memory is short when there is enough again. Resolves to why it cannot be taken
   * where that does not come in time; rejects with the signal's reason.
   */
  admit(signal: AbortSignal): Promise<MountError | undefined>;
  /** Why only a restart helps; undefined when it is not needed. */
  hopeless(): string | undefined;
  stop(): void;
}

/** How long memory may be short, in ms, before a restart is better than going on to refuse Mounts. */
const maxShortage = 60_000;

/** How long a Mount waits for memory, in ms, of the minutes that kubelet gives it. */
const maxWait = 20_000;

/** How often what is no longer used is collected while memory is short, in ms: it takes some ten ms of this thread. */
const collectEvery = 500;

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
  const collect = createCollector();
  let pressure: Pressure = "none";
  let shortSince = 0;
  let collectedAt = -Infinity;
  const waiting = new Set<() => void>();
  const read = (): Pressure => {
    const reading = readMemory(limit);
    table.beat(Math.floor((reading.heapLimit - reading.heapSize) / 1024));
    return pressureOf(reading);
  };
  const look = () => {
    const before = pressure;
    pressure = read();
    // Contents that were sent already count until they are collected, and nothing else makes that happen in time.
    if (pressure !== "none" && performance.now() - collectedAt >= collectEvery) {
      collect();
      collectedAt = performance.now();
      pressure = read();
    }
    if (pressure === "none") for (const resume of [...waiting]) resume();
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
    admit: async (signal) => {
      const isShort = () => pressure !== "none";
      if (isShort()) await paused(waiting, signal);
      return isShort() ? shortage() : undefined;
    },
    hopeless: () =>
      pressure !== "none" && performance.now() - shortSince > maxShortage
        ? "memory has been short for a minute"
        : undefined,
    stop: () => clearInterval(timer),
  };
}

/** Resolves when it is resumed, or after the longest wait. */
function paused(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const end = (finish: () => void) => () => {
      clearTimeout(timer);
      waiting.delete(resume);
      signal.removeEventListener("abort", stop);
      finish();
    };
    const resume = end(resolve);
    const stop = end(() => reject(signal.reason as Error));
    const timer = setTimeout(resume, maxWait);
    waiting.add(resume);
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** A full collection. The function is had by switching the flag on for a moment, so that nothing else sees it. */
function createCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const collector = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  return collector;
}

function shortage(): MountError {
  return new MountError("daemon_overloaded", "the daemon has too little memory left; kubelet asks again");
}
