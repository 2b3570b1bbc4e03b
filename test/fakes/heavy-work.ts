import { workerFor, type Worker } from "../../src/compute/worker.ts";
import { job } from "../../src/model/compute.ts";
import { MountError } from "../../src/model/error.ts";

export const echo = job<unknown, unknown>("echo", "repeating");
export const environment = job<null, readonly string[]>("environment", "looking around");
export const spin = job<null, null>("spin", "running in circles");
export const grow = job<"list" | "buffers" | "text", null>("grow", "growing");
export const refuse = job<string, null>("refuse", "refusing");
export const fail = job<string, null>("fail", "failing");
export const leave = job<null, null>("leave", "leaving");
export const wait = job<number, string>("wait", "waiting");

function forever(): never {
  for (;;) Math.sqrt(2);
}

function without(kind: "list" | "buffers" | "text"): never {
  const kept: unknown[] = [];
  for (let at = 0; ; at += 1) {
    if (kind === "list") kept.push({ at });
    else kept.push(kind === "text" ? `${at}`.repeat(100_000) : Buffer.alloc(1 << 20, 1));
  }
}

export const workers: readonly Worker[] = [
  workerFor(echo, () => Promise.resolve((input) => input)),
  workerFor(environment, () =>
    Promise.resolve(() => [...Object.keys(process.env), ...process.argv, ...process.execArgv]),
  ),
  workerFor(spin, () => Promise.resolve(forever)),
  workerFor(grow, () => Promise.resolve(without)),
  workerFor(refuse, () =>
    Promise.resolve((text) => {
      throw new MountError("document_invalid", text);
    }),
  ),
  workerFor(fail, () =>
    Promise.resolve((text) => {
      throw new RangeError(text);
    }),
  ),
  workerFor(leave, () => Promise.resolve(() => process.exit(3))),
  workerFor(wait, () =>
    Promise.resolve(
      (milliseconds) => new Promise<string>((resolve) => setTimeout(() => resolve("waited"), milliseconds)),
    ),
  ),
];
