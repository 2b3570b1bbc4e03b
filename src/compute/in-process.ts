import type { Compute, Job, Turn } from "../model/compute.ts";
import { MountError } from "../model/error.ts";
import type { Worker } from "./worker.ts";

/** Does the work here and now, without any bound: for commands that run on their user's own input, and for tests. */
export class InProcess implements Compute {
  readonly #workers: ReadonlyMap<string, Worker>;

  constructor(workers: readonly Worker[]) {
    this.#workers = new Map(workers.map((worker) => [worker.name, worker]));
  }

  async run<Input, Output>(job: Job<Input, Output>, input: Input, { signal }: Turn): Promise<Output> {
    signal.throwIfAborted();
    const worker = this.#workers.get(job.name);
    if (worker === undefined) throw new MountError("internal", `nothing does the work ${job.name}`);
    // Copied both ways, as a process of its own would have it; the job ties the type to the name.
    const output = structuredClone(await worker.run(structuredClone(input))) as Output;
    signal.throwIfAborted();
    return output;
  }
}
