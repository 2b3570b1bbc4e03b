// The thread that answers when the main one no longer can. It needs next to nothing, so that it works when nothing does.
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { createLog } from "../../observe/log.ts";
import { finalFrames } from "../../serve/last-line/final-frames.ts";
import { StreamTable } from "../../serve/last-line/stream-table.ts";
import { lookEvery, verdictOf } from "../../serve/last-line/verdict.ts";
import type { LastLineData } from "./thread.ts";

/** How long answers have to be read before the process ends, in ms: a connection that breaks first is a call lost. */
const lastAnswers = 300;

const data = readData(workerData);
const table = new StreamTable(data.memory);

/** What the main thread sent, whose type ends on the way. */
function readData(given: unknown): LastLineData {
  const sent: Partial<Record<keyof LastLineData, unknown>> = typeof given === "object" && given !== null ? given : {};
  if (!(sent.memory instanceof SharedArrayBuffer)) throw new Error("the thread was started without its memory");
  const format = sent.format === "text" ? "text" : "json";
  return { memory: sent.memory, limitKib: typeof sent.limitKib === "number" ? sent.limitKib : undefined, format };
}

function write(fd: number, bytes: string | Buffer): void {
  try {
    if (typeof bytes === "string") writeSync(fd, bytes);
    else writeSync(fd, bytes);
  } catch {
    // Nobody reads there, or no longer.
  }
}

function end(problem: "held" | "memory"): void {
  const streams = table.openStreams();
  let answered = 0;
  for (const [fd, open] of streams) {
    write(fd, finalFrames(open));
    answered += open.length;
  }
  const log = createLog({
    level: "error",
    format: data.format,
    write: (line) => write(1, line),
    now: () => Date.now(),
  });
  const why = problem === "held" ? "the event loop has not run for 15 s" : "the memory limit is near";
  log.error("restarting", { problem: why, aborted: answered });
  const pause = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(pause, 0, 0, lastAnswers);
  process.kill(process.pid, "SIGKILL");
}

const residentKib = () => process.memoryUsage.rss() / 1024;

let [last, missed, residentAtBeat] = [0, 0, residentKib()];
for (;;) {
  const { beat, headroom } = table.awaitBeat(last, lookEvery);
  const resident = residentKib();
  missed = beat === last ? missed + 1 : 0;
  if (missed === 0) residentAtBeat = resident;
  last = beat;
  const verdict = verdictOf({ missed, resident, residentAtBeat, headroom, limit: data.limitKib });
  if (verdict !== undefined) end(verdict);
}
