import { Worker } from "node:worker_threads";
import type { StreamTable } from "../../serve/last-line/stream-table.ts";

declare const __KEYFERRY_LAST_LINE__: string | undefined;

/** The thread's program, from this module. */
const program = typeof __KEYFERRY_LAST_LINE__ === "string" ? __KEYFERRY_LAST_LINE__ : "./worker.ts";

/** What the thread is started with. */
export interface LastLineData {
  readonly memory: SharedArrayBuffer;
  /** Memory that the process may have, in KiB; undefined where nothing limits it. */
  readonly limitKib: number | undefined;
  /** How its last line in the log is written. */
  readonly format: "json" | "text";
}

/**
 * Starts the last line of defence: a thread that, when the event loop has been held for 15 s or the memory is about to run
 * out within one turn of it, answers every call in flight with INTERNAL and ends the process by SIGKILL. A connection that
 * just broke, or a call that waits until its deadline, would let the driver start the pod with an empty volume. Ends with
 * the process; `failed` hears of a thread that cannot run.
 */
export function startLastLine(
  table: StreamTable,
  data: Omit<LastLineData, "memory">,
  failed: (error: Error) => void,
): void {
  const workerData: LastLineData = { ...data, memory: table.memory };
  const worker = new Worker(new URL(program, import.meta.url), {
    workerData,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
  });
  worker.on("error", failed);
  worker.unref();
}
