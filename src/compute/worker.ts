import type { Job } from "../model/compute.ts";

/** What does a job's work. It may throw MountError. */
export interface Worker {
  readonly name: string;
  /** Loads the code; a second time it is there. */
  load(): Promise<unknown>;
  /** Loads the code on the first use. */
  run(input: unknown): Promise<unknown>;
}

/** Ties a job to the code that does it, which is loaded on the first use. */
export function workerFor<Input, Output>(
  { name }: Job<Input, Output>,
  load: () => Promise<(input: Input) => Output | Promise<Output>>,
): Worker {
  // The one place where a job's input gets its type back: whoever asks can do so with a `Job<Input, Output>` only.
  return { name, load, run: async (input) => (await load())(input as Input) };
}
