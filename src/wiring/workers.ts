import { workerFor, type Worker } from "../compute/worker.ts";
import { matchJob } from "../text/match.ts";
import { selectJob } from "../text/select.ts";

/** All the heavy work that there is; each piece of it is loaded when it is first asked for. */
export const workers: readonly Worker[] = [
  workerFor(selectJob, async () => (await import("../text/select.ts")).selectAll),
  workerFor(matchJob, async () => (await import("../text/match.ts")).matchAll),
];
