import { workerFor, type Worker } from "../../compute/worker.ts";
import { openJob, outlineJob } from "./jobs.ts";

/** The work of this store. */
export const work: readonly Worker[] = [
  workerFor(outlineJob, async () => (await import("./heavy.ts")).outline),
  workerFor(openJob, async () => (await import("./heavy.ts")).openHeavy),
];
